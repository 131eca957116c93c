-- Takes back "may have left" for an attempt that surely did not leave.
--
-- KEYS  1 counts
-- ARGV  1 batch  2 attempt, from 1
-- answer  {1} noted  {0} the batch is gone or a later attempt departed
-- @include record

local key = K.batch(ARGV[1])
local attempt = tonumber(ARGV[2])
local departed, recalled, channel = unpack(redis.call('HMGET', key, 'departed', 'recalled', 'channel'))
if not channel then return { 0 } end
if tonumber(recalled or '0') >= attempt then return { 1 } end
if departed and tonumber(departed) > attempt then return { 0 } end
redis.call('HSET', key, 'recalled', attempt)
redis.call('HDEL', key, 'departed')
return { 1 }
