-- How fast a channel may send: a token bucket in messages, shared by all workers, and what refusals
-- have taught about the provider's limit. Nothing limits a channel until something refuses it or
-- its settings do. docs/rate.md has the curve and what was measured.
--
-- The hash `rate:<channel>`: `tokens` at the time `at`, filled with `rate` messages a second; the
-- setting `configured`; of the last refusal that counted `refused_at`, the `ceiling` it showed, or
-- `start` where it showed none, `age`: for how many ms since then the limit was what held us back,
-- and `strays`: how many cuts in a row did not help. Messages that were `taken` and `refused` in the
-- second that began at `second`, and `taken_before` and `refused_before` in the one before.

local CUT = 0.1             -- a refusal takes so much off
local CALM_MS = 30000       -- from the cut back to the ceiling; as long again above it is up by CUT
local DOUBLES_MS = 2000     -- where no ceiling is known, the rate doubles in so long
local CUT_EVERY_MS = 1000   -- refusals of one moment are one refusal
local SOME, MANY, NEARLY_ALL = 0.15, 0.3, 0.9 -- shares of messages refused
local SOON_MS = 10000       -- a refusal so soon after a cut: the cut did not help
local MOST_STRAYS = 3       -- so many in a row may be a limit that has fallen; more are not
local STRAYS_MS = 600000    -- after so long, that cuts didn't help has to show again
local USED = 0.7            -- a rate of which less is used is not what the provider refused
local LARGEST = 100         -- messages in one request
local FORGET_MS = 86400000  -- a limit that was not met for so long is none any more
local SHARE_S = 0.1         -- a request, and what may come at once, is worth so many seconds
local HIGH_DEBT_S = 1       -- how far `high` may run ahead of the bucket
local FIRST_GUESS, SLOWEST, FASTEST = 1000, 1, 1e6 -- messages a second
local PACE_FIELDS = {
  'tokens', 'at', 'rate', 'configured', 'refused_at', 'ceiling', 'start', 'age', 'strays',
  'second', 'taken', 'taken_before', 'refused', 'refused_before',
}
local BUCKET_FIELDS = { unpack(PACE_FIELDS, 1, 9) }

local function lesser(a, b) return a and b and math.min(a, b) or a or b end

-- Cubic around the ceiling: quickly back to it, long near it, then ever faster beyond it.
local function learned_rate(pace)
  if not pace.refused_at then return nil end
  local rate
  if pace.ceiling then
    rate = pace.ceiling * (1 + CUT * ((pace.age - CALM_MS) / CALM_MS) ^ 3)
  else
    rate = pace.start * 2 ^ math.min(50, pace.age / DOUBLES_MS)
  end
  return math.max(SLOWEST, math.min(FASTEST, rate))
end

local function load_pace(channel, now)
  local pace = { channel = channel }
  local values = redis.call('HMGET', K.rate(channel), unpack(PACE_FIELDS))
  for i, name in ipairs(PACE_FIELDS) do pace[name] = tonumber(values[i]) end
  pace.was_limited = pace.rate ~= nil
  if pace.refused_at and now - pace.refused_at > FORGET_MS then
    pace.refused_at, pace.ceiling, pace.start, pace.age, pace.strays = nil, nil, nil, nil, nil
  end
  return pace
end

-- Brings the bucket up to `now`. Without a `rate` afterwards, nothing limits the channel.
local function refill(pace, now, configured)
  local learned = learned_rate(pace)
  local rate = lesser(configured, learned)
  local elapsed = math.max(0, now - (pace.at or now)) -- the clock may have been set back
  -- A debt made at a higher rate must not take minutes to pay at a lower one.
  if pace.tokens and rate and pace.configured ~= configured then
    pace.tokens = math.max(pace.tokens, -rate)
  end
  pace.configured, pace.at, pace.rate = configured, now, rate
  if not rate then return end
  local burst = math.max(1, rate * SHARE_S)
  local filled = (pace.tokens or burst) + rate * elapsed / 1000
  pace.tokens = math.min(burst, filled)
  -- A bucket that ran over was not what held us back: that tells nothing about the provider.
  if filled < burst and rate == learned then
    pace.age = pace.age + elapsed
    pace.rate = lesser(configured, learned_rate(pace))
  end
end

-- How many messages one request may take now, 0 for none and then the ms until it may. It may run
-- into debt, so that requests are full and `high` need not wait for a campaign's tokens.
local function allowance(pace, priority, most)
  if not pace.rate then return most end
  local floor = priority == 'high' and -pace.rate * HIGH_DEBT_S or 0
  if pace.tokens > floor then return math.min(most, math.max(1, math.ceil(pace.rate * SHARE_S))) end
  return 0, math.floor((floor - pace.tokens) / pace.rate * 1000) + 1
end

local function save_pace(pace)
  local write, gone = {}, {}
  for _, name in ipairs(BUCKET_FIELDS) do
    local value = pace.rate and pace[name]
    if value then
      write[#write + 1] = name
      -- As many digits as settings come with: a rate that seems to be another one forgives debts.
      write[#write + 1] = (string.gsub(string.format('%.6f', value), '%.?0+$', ''))
    else
      gone[#gone + 1] = name
    end
  end
  if #write > 0 then redis.call('HSET', K.rate(pace.channel), unpack(write)) end
  if pace.was_limited then redis.call('HDEL', K.rate(pace.channel), unpack(gone)) end
end

local function take_tokens(pace, messages)
  if pace.rate then pace.tokens = pace.tokens - messages end
  if pace.rate or pace.was_limited then save_pace(pace) end
end

-- Counts messages that were `taken` or `refused`, in the second they belong to.
local function count_lately(channel, what, messages, now)
  local key, second = K.rate(channel), now - now % 1000
  local last, taken, refused = unpack(redis.call('HMGET', key, 'second', 'taken', 'refused'))
  if tonumber(last) ~= second then
    if tonumber(last) ~= second - 1000 then taken, refused = 0, 0 end
    redis.call('HSET', key, 'second', second, 'taken', 0, 'refused', 0,
      'taken_before', taken, 'refused_before', refused)
  end
  redis.call('HINCRBY', key, what, messages)
end

-- How many were `taken` or `refused` within the last second, about.
local function lately(pace, what, now)
  local since = now - (pace.second or 0)
  if since < 0 or since >= 2000 then return 0 end
  if since >= 1000 then return pace[what] * (2000 - since) / 1000 end
  return pace[what] + pace[what .. '_before'] * (1000 - since) / 1000
end

-- What a refusal says about the limit: the ceiling, or where to start from if it shows none.
-- Nothing where cuts don't help: then it is not about the rate.
local function judge(pace, taken, refused)
  local rate = pace.rate
  -- Sending may only just have begun: what was taken so far is no ceiling.
  if not rate then return nil, math.max(FIRST_GUESS, taken) * (1 - CUT) end
  local sent = math.max(1, taken + refused)
  local share = refused / sent
  local several = refused > 1.5 * math.min(LARGEST, SHARE_S * rate) -- requests, not just one
  if several and share >= MANY then
    pace.strays = 0
    if share > NEARLY_ALL then return nil, math.max(SLOWEST, rate / 2) end
    return math.max(SLOWEST, taken)
  end
  if pace.ceiling and sent >= USED * rate then
    pace.strays = pace.age < SOON_MS and (pace.strays or 0) + 1 or 0
  end
  if (pace.strays or 0) <= MOST_STRAYS then
    -- What is sent may be far below the rate; a few messages that are sent say nothing about it.
    local reached = math.min(rate, math.max(FIRST_GUESS, sent / USED))
    return several and share >= SOME and math.min(reached, math.max(SLOWEST, taken)) or reached
  end
  return nil, pace.ceiling and rate or nil
end

-- A refusal of what left at `left_at`. What left before the last cut says nothing new.
local function cut_rate(pace, left_at, now)
  local last = pace.refused_at
  if last and last <= now and (left_at <= last or now - last < CUT_EVERY_MS) then return end
  refill(pace, now, pace.configured)
  if last and now - last > STRAYS_MS then pace.strays = 0 end
  local ceiling, start = judge(pace, lately(pace, 'taken', now), lately(pace, 'refused', now))
  if not ceiling and not start then return end
  pace.ceiling, pace.start, pace.age, pace.refused_at = ceiling, start, 0, now
  local unlimited = not pace.rate
  pace.rate = lesser(pace.configured, learned_rate(pace))
  pace.tokens = unlimited and 0 or math.max(pace.tokens, -pace.rate)
  pace.was_limited = true
  save_pace(pace)
end
