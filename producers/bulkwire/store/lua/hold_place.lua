-- Places a hold, or leaves the standing one as it is. A failed trial makes the next one wait longer.
--
-- KEYS  1 counts
-- ARGV  1 reason  2 channel or '' for all  3 why  4 by whom  5 batch that ran into it or ''
--       6 ms until a single message is tried, '' never  7 longest such wait
--       8 balance or ''  9 fingerprint of the API key or ''
-- answer  {1 placed | 0 stood already, since ms}
-- @include clock record holds

local reason, channel, why, by, batch = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local probe_in, longest = tonumber(ARGV[6]), tonumber(ARGV[7])
local now = now_ms()
local field = channel == '' and reason or reason .. ':' .. channel
local standing = redis.call('HGET', K.holds, field)
if not standing then
  local hold = {
    reason = reason, since = now, why = why, by = by, batch = batch, streak = 0,
    channel = channel ~= '' and channel or nil, balance = tonumber(ARGV[8]),
    probe_at = probe_in and now + probe_in, key = ARGV[9] ~= '' and ARGV[9] or nil,
  }
  redis.call('HSET', K.holds, field, cjson.encode(hold))
  return { 1, now }
end
local hold = cjson.decode(standing)
local trial = batch ~= '' and redis.call('HGET', K.batch(batch), 'trial') == '1'
if trial and hold.batch ~= batch then
  hold.batch, hold.streak, hold.why = batch, hold.streak + 1, why
  if probe_in then hold.probe_at = now + math.min(longest, probe_in * 2 ^ math.min(20, hold.streak)) end
  if not probe_in then hold.probe_at, hold.balance = nil, tonumber(ARGV[8]) or hold.balance end
  redis.call('HSET', K.holds, field, cjson.encode(hold))
end
return { hold.batch == batch and batch ~= '' and hold.streak == 0 and 1 or 0, hold.since }
