-- The circuit breaker: so many failures in a row hold a channel until a message really succeeds.
-- Refusals end with an acceptance ('rejected'), failing statuses only with a delivery ('failed'):
-- where the provider takes everything and delivers nothing, acceptances prove nothing.
--
-- The hash `health` has `rejected:<channel>` and `failed:<channel>`: failures since the last success;
-- and `unanswered`: requests since the last one that was answered (`hold_place` counts them).

local TRIPS_AT = 300
local BREAKS = { account = true, template = true, content = true }
local PROBE_MS = 5000
local streaks, streak_changes = {}, {} -- changes by field: failures to add, 0 after a success

local function is_unpaid(reason) return string.lower(reason) == 'insufficient_account_balance' end

-- A used-up balance has a hold of its own.
local function breaks(category, reason) return BREAKS[category] and not is_unpaid(reason) end

local function load_streaks()
  local flat = redis.call('HGETALL', K.health)
  for i = 1, #flat, 2 do streaks[flat[i]] = tonumber(flat[i + 1]) end
end

local function count_success(kind, channel)
  streak_changes[kind .. ':' .. channel] = { kind = kind, channel = channel, succeeded = true }
end

local function count_failure(kind, channel, reason)
  local field = kind .. ':' .. channel
  local change = streak_changes[field] or { kind = kind, channel = channel, failures = 0 }
  streak_changes[field] = change
  if not change.succeeded then
    change.failures, change.reason = change.failures + 1, reason
  end
end

local function trip(change, failures, now)
  local why = 'circuit_breaker: %d %s in a row, the last for %s'
  save_hold('refused:' .. change.channel, {
    reason = 'refused', channel = change.channel, since = now, by = 'worker', batch = '', streak = 0,
    why = string.format(why, failures, change.kind, change.reason),
    breaker = change.kind, probe_at = now + PROBE_MS,
  })
end

-- One success among what a script writes breaks the streak: nobody promises an order there. What
-- fails behind a hold was on its way before it, and says nothing about what follows.
local function write_streaks(now)
  local answered = false
  for field, change in pairs(streak_changes) do
    answered = answered or change.kind == 'rejected' -- counted either way: it was answered
    local before = streaks[field] or 0
    local failures = change.succeeded and 0 or before + change.failures
    if failures > 0 then
      local holds = standing_holds()
      local held = holds['refused'] or holds['refused:' .. change.channel]
      if failures >= TRIPS_AT and not held then trip(change, failures, now) end
      if held or failures >= TRIPS_AT then failures = 0 end
    end
    if failures > 0 then redis.call('HSET', K.health, field, failures)
    elseif before > 0 then redis.call('HDEL', K.health, field) end
  end
  if answered and streaks['unanswered'] then redis.call('HDEL', K.health, 'unanswered') end
end
