-- Prolongs the leases of the batches named, never beyond their longest term.
--
-- KEYS  1 counts
-- ARGV  1 lease ms  2… batches
-- answer  ms left, one per batch; 0: the lease is lost
-- @include clock record

local now = now_ms()
local answer = {}
for i = 2, #ARGV do will_write(K.batch(ARGV[i])) end
read_first()
for i = 2, #ARGV do
  local deadline = tonumber(redis.call('ZSCORE', K.leases, ARGV[i]) or '0')
  local last = tonumber(redis.call('HGET', K.batch(ARGV[i]), 'until') or '0')
  local left = 0
  if deadline > now and last > now then
    deadline = math.max(deadline, math.min(now + tonumber(ARGV[1]), last))
    redis.call('ZADD', K.leases, 'XX', deadline, ARGV[i])
    left = deadline - now
  end
  answer[#answer + 1] = left
end
return answer
