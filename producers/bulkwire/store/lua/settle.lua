-- Writes what became of the messages of a batch. Judged message by message: it applies where the
-- record still names this batch, in doubt included; elsewhere the answer goes into the history.
--
-- KEYS  1 counts
-- ARGV  1 batch  2 the attempt that this became of them in: it has ended; then nine for each message:
--       id  kind: accepted|rejected|unsent|unanswered  reason  category  code  api_id
--       delay ms: to the first status check (accepted) or to the next attempt (unsent; 0 at once)
--       '1' counts an attempt  flag: '1' suppress (rejected), send alone (unsent)
-- answer  the state of each message afterwards, '' where there is no record
-- @include clock record ready move doubt holds breaker trials rate attempts

local STRIDE = 9
local batch, attempt = ARGV[1], ARGV[2]
local now = now_ms()
local proof, failed = nil, false -- what a trial shows
local taken = {} -- messages by channel
local unpaid = false
local ids, channel, trial, claimed_at = unpack(
  redis.call('HMGET', K.batch(batch), 'ids', 'channel', 'trial', 'claimed_at'))

local function accepted(id, record, told)
  move(id, record, 'accepted', now, {
    api_id = told.api_id, accepted_at = now, attempts = (tonumber(record.attempts) or 0) + 1,
    status = record.api_id and '' or nil, -- the last word was about the attempt before
  }, now + told.delay_ms)
  proof = 'accepted'
  count_success('rejected', record.channel)
  taken[record.channel] = (taken[record.channel] or 0) + 1
end

local function rejected(id, record, told)
  move(id, record, 'dead', now, {
    reason = told.reason, category = told.category, code = told.code ~= '' and told.code or nil,
    attempts = (tonumber(record.attempts) or 0) + 1,
  })
  if told.flag then redis.call('SADD', K.suppressed, record.channel .. ':' .. record.recipient) end
  unpaid = unpaid or is_unpaid(told.reason)
  proof = proof or (told.category == 'account' and 'refused' or 'answered')
  if breaks(told.category, told.reason) then
    failed = true
    count_failure('rejected', record.channel, told.reason)
  end
end

local function unsent(id, record, told)
  local fields = { reason = told.reason, code = told.code ~= '' and told.code or nil }
  if told.counts then fields.attempts = (tonumber(record.attempts) or 0) + 1 end
  if not told.counts and told.delay_ms > 0 then
    fields.refusals = (tonumber(record.refusals) or 0) + 1
  end
  -- What failed as a trial may be what is refused: another message has to try next.
  if told.flag or trial == '1' then fields.alone = '1' end
  return_unsent(id, record, now, fields, told.delay_ms, trial == '1')
end

-- Whoever lost the lease may still testify. "Accepted" even stops a message that was meanwhile
-- told to go out again, as long as no other batch has taken it.
local function applies(record, told)
  if record.batch ~= batch then return false end
  if record.state == 'sending' then return true end
  if told.kind == 'accepted' then
    return record.api_id ~= told.api_id
      and (record.state == 'in_doubt' or record.state == 'queued' or record.state == 'scheduled')
  end
  return record.state == 'in_doubt' and told.kind ~= 'unanswered'
end

local function settle_one(id, record, told)
  if not applies(record, told) then
    -- A repeated command finds what its first run wrote; only real news is worth a line.
    local news = told.kind == 'accepted' and record.api_id ~= told.api_id
      or told.kind == 'rejected' and record.batch ~= batch
    if news then note(id, record, now, 'late_answer', told.kind .. ' ' .. told.reason) end
  elseif told.kind == 'accepted' then accepted(id, record, told)
  elseif told.kind == 'rejected' then rejected(id, record, told)
  elseif told.kind == 'unsent' then unsent(id, record, told)
  else fall_in_doubt(id, record, now, told.reason, attempt) end
end

local FIELDS = core_fields_and('on_doubt', 'resent', 'refusals')
local records = load_records(3, STRIDE, FIELDS)
for _, record in pairs(records) do will_write(K.rate(record.channel)) end
local untold = {}
for id in string.gmatch(ids or '', '[^,]+') do
  if not records[id] then untold[#untold + 1] = load_record(id) end
end
will_write(K.redrives)
load_streaks()
read_first()

-- Backwards, so that what returns to the front of its list stands there in its old order.
local answer = {}
local messages = math.floor((#ARGV - 2) / STRIDE)
for n = messages, 1, -1 do
  local i = 3 + (n - 1) * STRIDE
  local record = records[ARGV[i]]
  if record then
    settle_one(ARGV[i], record, {
      kind = ARGV[i + 1], reason = ARGV[i + 2], category = ARGV[i + 3], code = ARGV[i + 4],
      api_id = ARGV[i + 5], delay_ms = tonumber(ARGV[i + 6]), counts = ARGV[i + 7] == '1',
      flag = ARGV[i + 8] == '1',
    })
  end
  answer[n] = record and record.state or ''
end
write_counts()
for name, messages in pairs(taken) do count_lately(name, 'taken', messages, now) end

local function is_open()
  local function held(record) return record.state == 'sending' and record.batch == batch end
  for _, record in pairs(records) do if held(record) then return true end end
  for _, record in ipairs(untold) do if held(record) then return true end end
  return false
end

if ids and trial == '1' and proof then
  conclude_trial(batch, tonumber(claimed_at), channel, proof, failed, now)
end
if unpaid then redrive_late(now) end
write_streaks(now)
if ids and is_open() then
  end_attempt(batch, tonumber(attempt))
elseif ids then
  redis.call('DEL', K.batch(batch))
  redis.call('ZREM', K.leases, batch)
end
return answer
