-- Places a hold, or leaves the standing one as it is. A failed trial makes the next one wait longer.
-- A late command does nothing: it would put back what was lifted.
--
-- KEYS  1 counts
-- ARGV  1 reason  2 channel or '' for all  3 why  4 by whom  5 batch that ran into it or ''
--       6 the attempt of that batch; without one, when this was decided: ms of this clock
--       7 ms until a single message is tried, '' never  8 longest such wait
--       9 balance or ''  10 fingerprint of the API key or ''
--       11 '1' once it is lifted, send again what died of it
--       12 batches in a row without an answer that it takes: before that, this one is counted
-- answer  {1 placed | 0 stood already, since ms | 0 counted or late, 0}
-- @include clock record holds

local reason, channel, why, by, batch = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local comes_from, probe_in, longest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local balance, needed = tonumber(ARGV[9]), tonumber(ARGV[12])
local MEMORY_MS = 3600000
local now = now_ms()
local field = channel == '' and reason or reason .. ':' .. channel
local whose = batch ~= '' and batch or ARGV[6]
local standing = redis.call('HGET', K.holds, field)

-- A batch tells of an attempt that it is about to settle. People decide on what they see standing.
local function is_late()
  local lifted = redis.call('HGET', K.health, 'lifted:' .. field)
  local at, whose_it_was = string.match(lifted or '', '^(%d+) (.*)$')
  if batch == '' then return at and comes_from < tonumber(at) and tonumber(at) <= now end
  if whose_it_was == batch then return true end
  local stands, ended = unpack(redis.call('HMGET', K.batch(batch), 'channel', 'ended'))
  return not stands or comes_from <= tonumber(ended or '0')
end

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
  if batch == '' or redis.call('HGET', K.batch(batch), 'unanswered') then return false end
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
  if is_late() or not streak_is_long_enough() then return { 0, 0 } end
  save_hold(field, {
    reason = reason, since = now, why = why, by = by, batch = whose, streak = 0,
    channel = channel ~= '' and channel or nil, balance = balance or balance_tried(),
    probe_at = probe_in and now + probe_in, key = ARGV[10] ~= '' and ARGV[10] or nil,
    redrive = ARGV[11] == '1' or nil,
  })
  return { 1, now }
end
local hold = cjson.decode(standing)
local trial = batch ~= '' and redis.call('HGET', K.batch(batch), 'trial') == '1'
if trial and hold.batch ~= batch then
  hold.why = why
  put_off(hold, batch, probe_in or 0, longest, now)
  if not probe_in then hold.probe_at, hold.balance = nil, balance or hold.balance end
  save_hold(field, hold)
end
return { hold.batch == whose and hold.streak == 0 and 1 or 0, hold.since }
