-- A process that sends says that it is there, and for which server it has said all it knows.
--
-- KEYS  1 counts
-- ARGV  1 name of the process  2 run_id, '' before it has said anything
-- answer  run_id of the server that the account was last claimed or reaped on, '' at first
-- @include clock record server

local FORGET_MS = 3600000
local now = now_ms()
local run_id = redis.call('HGET', K.server, 'run_id')
will_write(K.witnesses)
read_first()
redis.call('HSET', K.witnesses, ARGV[1], string.format('%.0f %s', now, ARGV[2]))
for _, witness in ipairs(known_witnesses()) do
  if witness.seen_at < now - FORGET_MS then redis.call('HDEL', K.witnesses, witness.name) end
end
return run_id or ''
