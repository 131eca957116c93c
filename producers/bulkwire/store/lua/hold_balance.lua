-- Keeps what the balance was under a hold, to see whether it has risen since.
--
-- KEYS  1 counts
-- ARGV  1 field: reason or reason:channel  2 since ms, as it was seen  3 balance
-- answer  {1} kept  {0} the hold was lifted, or another stands there by now

local standing = redis.call('HGET', K.holds, ARGV[1])
if not standing then return { 0 } end
local hold = cjson.decode(standing)
if hold.since ~= tonumber(ARGV[2]) then return { 0 } end
hold.balance = tonumber(ARGV[3])
redis.call('HSET', K.holds, ARGV[1], cjson.encode(hold))
return { 1 }
