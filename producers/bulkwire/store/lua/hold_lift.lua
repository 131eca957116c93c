-- Lifts a hold, or lets a single message try it.
--
-- KEYS  1 counts
-- ARGV  1 field: reason or reason:channel  2 since ms, as it was seen  3 lift|try
-- answer  {1} done or not standing any more  {0} another hold stands there by now
-- @include clock record

local standing = redis.call('HGET', K.holds, ARGV[1])
if not standing then return { 1 } end
local hold = cjson.decode(standing)
if hold.since ~= tonumber(ARGV[2]) then return { 0 } end
if ARGV[3] == 'lift' then
  redis.call('HDEL', K.holds, ARGV[1])
elseif not hold.probe_at then
  hold.probe_at = now_ms()
  redis.call('HSET', K.holds, ARGV[1], cjson.encode(hold))
end
return { 1 }
