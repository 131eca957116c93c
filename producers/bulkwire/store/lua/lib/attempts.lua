-- The requests of a batch, its attempts, go one after the other. `departed` is the one that may be
-- on the wire, `leaving` the ids in it where they are not the whole batch. `ended` is the last one
-- that is not: it surely did not leave, or what became of it was written down. So a command of an
-- attempt that has ended is a late one.

local function depart_with(batch, attempt, ids)
  local key = K.batch(batch)
  redis.call('HSET', key, 'departed', attempt)
  if ids ~= '' then redis.call('HSET', key, 'leaving', ids) else redis.call('HDEL', key, 'leaving') end
end

local function end_attempt(batch, attempt)
  local key = K.batch(batch)
  local departed, ended = unpack(redis.call('HMGET', key, 'departed', 'ended'))
  if tonumber(ended or '0') < attempt then redis.call('HSET', key, 'ended', attempt) end
  if departed and tonumber(departed) <= attempt then redis.call('HDEL', key, 'departed', 'leaving') end
end
