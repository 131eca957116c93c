-- Forgets that the dead letters of a lifted hold are to be sent again: all of them were.
--
-- KEYS  1 counts
-- ARGV  1 field  2 value, as it was seen
-- answer  {1} forgotten, or nothing stands there any more  {0} it was lifted once more meanwhile

local standing = redis.call('HGET', K.redrives, ARGV[1])
if standing and standing ~= ARGV[2] then return { 0 } end
redis.call('HDEL', K.redrives, ARGV[1])
return { 1 }
