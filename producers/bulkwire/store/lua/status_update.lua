-- Writes what a status check or a callback says. Success beats failure, never the reverse, and
-- success for any attempt ends a message that still waits; a failure counts for its own attempt.
--
-- KEYS  1 counts
-- ARGV  nine for each message:
--       1 id  2 api_id it is about  3 kind: pending|delivered|read|emulated|dead|resend|
--       unconfirmed|accepted  4 status: the provider's word  5 reason  6 category
--       7 delay ms: to the next check (pending, accepted), to the next attempt (resend)
--       8 '1' enter the number into the suppression list  9 '1' pause its campaign
-- answer  the state of each message afterwards, '' where there is no record
-- @include clock record ready move holds breaker trials campaigns rate

local STRIDE = 9
local now = now_ms()
local too_fast = {} -- by channel, how many came too fast, and when the last of them left

local LEADS_TO = {
  accepted = { delivered = true, read = true, emulated = true, dead = true, unconfirmed = true,
               resend = true },
  unconfirmed = { delivered = true, read = true, emulated = true, dead = true },
  delivered = { read = true },
  dead = { delivered = true, read = true },
  in_doubt = { accepted = true, delivered = true, read = true, emulated = true, dead = true },
  queued = { delivered = true, read = true, emulated = true },
  scheduled = { delivered = true, read = true, emulated = true },
  -- A callback may overtake the answer of the request, or be about an earlier attempt.
  sending = { delivered = true, read = true, emulated = true },
}
local SUCCESS = { delivered = true, read = true, emulated = true }
local holds = standing_holds()

local function named(campaign) return campaign and campaign ~= '' end

local function pending(id, record, told)
  if record.state ~= 'accepted' or record.api_id ~= told.api_id then return end
  redis.call('ZADD', K.poll, 'XX', now + told.delay_ms, id)
  if told.status ~= '' and told.status ~= record.status then
    redis.call('HSET', K.message(id), 'status', told.status)
  end
end

-- Whether it is about the attempt that the record stands for. In doubt, the record still
-- names the attempt before, if any: then that one is over, and any other may be the one in doubt.
local function is_own(record, told)
  if record.state == 'in_doubt' then return record.api_id ~= told.api_id end
  return record.api_id == told.api_id
end

-- News that the record doesn't follow are worth a line, once.
local function note_unless_known(id, record, told)
  local known = record.state == told.kind
    or record.api_id == told.api_id and record.status == told.status
  if not known then note(id, record, now, 'late_status', told.status) end
end

-- What a final word says about the account, besides its message.
local function judge(record, told)
  local arrived, failed = SUCCESS[told.kind], false
  if told.kind == 'dead' then failed = breaks(told.category, told.status) end
  if arrived then count_success('failed', record.channel)
  elseif failed then count_failure('failed', record.channel, told.status) end
  if arrived or failed then conclude_by_status(holds, record, arrived, failed, now) end
  if told.pauses and named(record.campaign) then pause_for_status(record, told.status, now) end
end

local function apply(id, record, told)
  if told.kind == 'pending' then return pending(id, record, told) end
  local may = LEADS_TO[record.state] and LEADS_TO[record.state][told.kind]
  if not may or not (is_own(record, told) or SUCCESS[told.kind]) then
    return note_unless_known(id, record, told)
  end
  local fields = { status = told.status, api_id = told.api_id }
  if told.reason ~= '' then fields.reason = told.reason end
  if told.kind == 'resend' then
    move(id, record, 'scheduled', now, fields, now + told.delay_ms)
    local found = too_fast[record.channel] or { messages = 0, left_at = 0 }
    found.messages = found.messages + 1
    found.left_at = math.max(found.left_at, tonumber(record.accepted_at) or 0)
    too_fast[record.channel] = found
  elseif told.kind == 'accepted' then
    fields.accepted_at = now
    move(id, record, 'accepted', now, fields, now + told.delay_ms)
  else
    if told.kind == 'dead' then
      fields.category, fields.reason = told.category, fields.reason or told.status
    end
    move(id, record, told.kind, now, fields)
    judge(record, told)
  end
end

local records = load_records(1, STRIDE, core_fields_and('status', 'accepted_at'))
for i = 1, #ARGV, STRIDE do
  local record = records[ARGV[i]]
  if record and ARGV[i + 2] == 'resend' then will_write(K.rate(record.channel)) end
  if record and ARGV[i + 8] == '1' and named(record.campaign) then will_steer(record.campaign) end
end
load_streaks()
read_first()

local answer = {}
for i = 1, #ARGV, STRIDE do
  local record = records[ARGV[i]]
  if record then
    apply(ARGV[i], record, {
      api_id = ARGV[i + 1], kind = ARGV[i + 2], status = ARGV[i + 3], reason = ARGV[i + 4],
      category = ARGV[i + 5], delay_ms = tonumber(ARGV[i + 6]),
      pauses = ARGV[i + 8] == '1',
    })
    if ARGV[i + 7] == '1' then
      redis.call('SADD', K.suppressed, record.channel .. ':' .. record.recipient)
    end
  end
  answer[#answer + 1] = record and record.state or ''
end
write_counts()
write_streaks(now)
for channel, found in pairs(too_fast) do
  count_lately(channel, 'refused', found.messages, now)
  cut_rate(load_pace(channel, now), found.left_at, now)
end
return answer
