-- Sends dead letters back to their queues, attempts reset, id and history kept.
--
-- KEYS  1 counts
-- ARGV  1 '1' also those whose recipient is at fault, then two for each message: id  turn
-- answer  for each: 'queued' or why not: unknown|not_dead|recipient|discarded|expired|opted_out
-- @include clock record ready move

local force = ARGV[1] == '1'
local now = now_ms()
local FIELDS = core_fields_and('discarded', 'category', 'expires_at', 'ignore_suppression')
local records = load_records(2, 2, FIELDS)
read_first()

local function refusal(record, turn)
  if not record then return 'unknown' end
  if record.state ~= 'dead' or tonumber(record.turn or '0') ~= turn then
    -- The same command run before: it has already done what it was asked.
    if record.state == 'queued' and tonumber(record.turn) == turn + 1 then return 'queued' end
    return 'not_dead'
  end
  if record.discarded == '1' then return 'discarded' end
  if record.category == 'recipient' and not force then return 'recipient' end
  if record.expires_at and tonumber(record.expires_at) <= now then return 'expired' end
  if record.ignore_suppression ~= '1'
      and redis.call('SISMEMBER', K.suppressed, record.channel .. ':' .. record.recipient) == 1 then
    return 'opted_out'
  end
  return nil
end

local answer = {}
for i = 2, #ARGV, 2 do
  local id, record = ARGV[i], records[ARGV[i]]
  local why_not = refusal(record, tonumber(ARGV[i + 1]))
  if not why_not then
    move(id, record, 'queued', now, { reason = 'redriven', attempts = 0, refusals = 0, lapses = 0, alone = '0' })
  end
  answer[#answer + 1] = why_not or 'queued'
end
write_counts()
return answer
