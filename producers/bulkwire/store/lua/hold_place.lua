-- Places a hold, or leaves the standing one as it is. A failed trial makes the next one wait longer.
--
-- KEYS  1 counts
-- ARGV  1 reason  2 channel or '' for all  3 why  4 by whom  5 batch that ran into it or ''
--       6 ms until a single message is tried, '' never  7 longest such wait
--       8 balance or ''  9 fingerprint of the API key or ''
--       10 '1' once it is lifted, send again what died of it
--       11 batches in a row without an answer that it takes: before that, this one is counted
-- answer  {1 placed | 0 stood already, since ms | 0 counted, 0}
-- @include clock record holds

local reason, channel, why, by, batch = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local probe_in, longest = tonumber(ARGV[6]), tonumber(ARGV[7])
local needed = tonumber(ARGV[11])
local MEMORY_MS = 3600000
local now = now_ms()
local field = channel == '' and reason or reason .. ':' .. channel
local standing = redis.call('HGET', K.holds, field)

-- The balance that was tried before this hold came back. After an hour it may have been topped up
-- and spent several times: then it tells nothing any more.
local function balance_tried()
  if reason ~= 'balance' then return nil end
  local tried, at = unpack(redis.call('HMGET', K.health, 'balance_tried', 'balance_tried_at'))
  if at and now - tonumber(at) < MEMORY_MS then return tonumber(tried) end
  return nil
end

-- Each batch counts once. An answer to any other ends the streak (see `breaker`).
local function streak_is_long_enough()
  if needed <= 1 then return true end
  local departed, counted = unpack(redis.call('HMGET', K.batch(batch), 'departed', 'unanswered'))
  if not departed or counted then return false end
  local streak = (tonumber(redis.call('HGET', K.health, 'unanswered')) or 0) + 1
  redis.call('HSET', K.batch(batch), 'unanswered', '1')
  if streak < needed then
    redis.call('HSET', K.health, 'unanswered', streak)
    return false
  end
  redis.call('HDEL', K.health, 'unanswered')
  return true
end

if not standing then
  if not streak_is_long_enough() then return { 0, 0 } end
  save_hold(field, {
    reason = reason, since = now, why = why, by = by, batch = batch, streak = 0,
    channel = channel ~= '' and channel or nil, balance = tonumber(ARGV[8]) or balance_tried(),
    probe_at = probe_in and now + probe_in, key = ARGV[9] ~= '' and ARGV[9] or nil,
    redrive = ARGV[10] == '1' or nil,
  })
  return { 1, now }
end
local hold = cjson.decode(standing)
local trial = batch ~= '' and redis.call('HGET', K.batch(batch), 'trial') == '1'
if trial and hold.batch ~= batch then
  hold.why = why
  put_off(hold, batch, probe_in or 0, longest, now)
  if not probe_in then hold.probe_at, hold.balance = nil, tonumber(ARGV[8]) or hold.balance end
  save_hold(field, hold)
end
return { hold.batch == batch and batch ~= '' and hold.streak == 0 and 1 or 0, hold.since }
