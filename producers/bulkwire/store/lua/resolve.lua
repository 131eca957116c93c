-- An operator decides what becomes of messages in doubt.
--
-- KEYS  1 counts
-- ARGV  1 resend|discard, then two for each message: id  batch that left it in doubt
-- answer  for each its state afterwards, '' for an unknown id
-- @include clock record ready move

local now = now_ms()
local records = load_records(2, 2)
read_first()

local answer = {}
for i = 2, #ARGV, 2 do
  local id, record = ARGV[i], records[ARGV[i]]
  if record and record.state == 'in_doubt' and record.batch == ARGV[i + 1] then
    if ARGV[1] == 'resend' then
      move(id, record, 'queued', now, { reason = 'resent by an operator', resent = '1' })
    else
      move(id, record, 'dead', now,
        { reason = 'discarded_in_doubt', category = 'undelivered', discarded = '1' })
      redis.call('ZREM', K.dead, id)
    end
  end
  answer[#answer + 1] = record and record.state or ''
end
write_counts()
return answer
