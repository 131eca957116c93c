-- A worker says how it is doing: a key of its own, outside any account, that lapses by itself.
-- A script, because a full server has to take it, too.
--
-- KEYS  1 the worker's key
-- ARGV  1 report: JSON  2 TTL in ms
-- answer  1

redis.call('EXISTS', KEYS[1]) -- read first, as every script does
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
