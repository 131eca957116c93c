-- Leases and batches belong together. A batch without a lease gets one that has lapsed, so that it
-- is taken back like any other; a lease without a batch goes.
--
-- KEYS  1 counts
-- ARGV  1 '1' only says what is wrong  2… batches, at most 250
-- answer  for each what was wrong, '' where nothing is
-- @include clock record

local only_look = ARGV[1] == '1'
local now = now_ms()
for i = 2, #ARGV do will_write(K.batch(ARGV[i])) end
read_first()

local answer = {}
for i = 2, #ARGV do
  local batch = ARGV[i]
  local leased = redis.call('ZSCORE', K.leases, batch)
  local kept = redis.call('EXISTS', K.batch(batch)) == 1
  local what = ''
  if kept and not leased then
    what = 'a batch without a lease'
    if not only_look then redis.call('ZADD', K.leases, now, batch) end
  elseif leased and not kept then
    what = 'a lease without a batch'
    if not only_look then redis.call('ZREM', K.leases, batch) end
  end
  answer[#answer + 1] = what
end
return answer
