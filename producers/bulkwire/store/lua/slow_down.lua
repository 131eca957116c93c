-- Notes that the provider refused a request for coming too fast, and slows its channel down.
--
-- KEYS  1 counts
-- ARGV  1 batch  2 attempt, from 1  3 ms since that attempt departed
--       4 messages that were refused
-- answer  {1 if the provider took other messages of this channel in the last seconds, else 0}
-- @include clock rate

local key, attempt = K.batch(ARGV[1]), tonumber(ARGV[2])
local now = now_ms()
local channel, slowed, took = unpack(redis.call('HMGET', key, 'channel', 'slowed', 'took'))
if not channel then return { 0 } end
if tonumber(slowed or '0') >= attempt then return { tonumber(took) } end
count_lately(channel, 'refused', tonumber(ARGV[4]), now)
local pace = load_pace(channel, now)
took = lately(pace, 'taken', now) > 0 and 1 or 0
cut_rate(pace, now - tonumber(ARGV[3]), now)
redis.call('HSET', key, 'slowed', attempt, 'took', took)
return { took }
