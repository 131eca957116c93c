-- Finds a campaign or creates it, with the salt that its recipients' ids are made with.
--
-- KEYS  1 counts
-- ARGV  1 name  2 salt, used where there is none yet  3 fingerprint of what it sends, or ''
-- answer  {salt, state, fingerprint it was created with, 1 if created now, messages archived}
-- @include clock record

local BEGINS_MS = 60000 -- run again so soon, it is the same import
local name = ARGV[1]
local key = K.campaign(name)
will_write(key)
will_write(K.campaigns)
read_first()
local created = redis.call('HSETNX', key, 'state', 'running')
if created == 1 then redis.call('HSET', key, 'created_at', now_ms()) end
redis.call('SADD', K.campaigns, name)
-- An import begins: `archive` waits, or what it archives meanwhile would be taken for new.
local now, opened_at = now_ms(), tonumber(redis.call('HGET', key, 'opened_at') or '0')
if math.abs(now - opened_at) > BEGINS_MS then redis.call('HSET', key, 'opened_at', now) end
redis.call('HSETNX', key, 'salt', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSETNX', key, 'fingerprint', ARGV[3]) end
local salt, state, fingerprint, archived = unpack(
  redis.call('HMGET', key, 'salt', 'state', 'fingerprint', 'count:archived'))
return { salt, state, fingerprint or '', salt == ARGV[2] and 1 or 0, tonumber(archived or '0') }
