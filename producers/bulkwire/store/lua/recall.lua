-- Takes back "may have left" for an attempt that surely did not leave.
--
-- KEYS  1 counts
-- ARGV  1 batch  2 attempt, from 1
-- answer  {1} noted  {0} the batch is gone
-- @include attempts

if redis.call('EXISTS', K.batch(ARGV[1])) == 0 then return { 0 } end
end_attempt(ARGV[1], tonumber(ARGV[2]))
return { 1 }
