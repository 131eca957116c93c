-- Reading records, and saying before the first write which keys will be written.

-- What every move needs to know. Absent fields are false. Scripts ask for what else they need:
-- reading a field costs a third of a microsecond, a hundred times a batch.
local CORE_FIELDS = {
  'state', 'turn', 'batch', 'recipient', 'channel', 'priority', 'campaign', 'attempts', 'api_id',
  'history', 'reason',
}

local function core_fields_and(...)
  local fields = { unpack(CORE_FIELDS) }
  for _, name in ipairs({ ... }) do fields[#fields + 1] = name end
  return fields
end

local function set_of(...)
  local set = {}
  for _, name in ipairs({ ... }) do set[name] = true end
  return set
end

local STATES = set_of('scheduled', 'queued', 'sending', 'accepted', 'delivered', 'read', 'emulated',
  'unconfirmed', 'dead', 'in_doubt', 'cancelled', 'suppressed')
local CHANNELS, PRIORITIES = set_of('sms', 'whatsapp'), set_of('high', 'normal', 'low')
local NUMBERED = { queued = { 'turn', 'queued_at' }, accepted = { 'accepted_at' } }

-- False is absent, nil was not asked for.
local function is_no_number(value) return value == false or value and not tonumber(value) end

-- The field that keeps a record from being moved; nil where it is whole. Judges what was read of it.
local function broken_field(record)
  if not STATES[record.state] then return 'state' end
  if not record.recipient then return 'recipient' end
  if not CHANNELS[record.channel] then return 'channel' end
  if not PRIORITIES[record.priority] then return 'priority' end
  local numbers = NUMBERED[record.state]
  if numbers then
    for i = 1, #numbers do if is_no_number(record[numbers[i]]) then return numbers[i] end end
  end
  if record.expires_at and not tonumber(record.expires_at) then return 'expires_at' end
  if is_no_number(record.changed_at) then return 'changed_at' end
  return nil
end

-- The answer of a command; nil where its key is of another type, as a restore gone wrong may leave it.
-- Any other refusal stops the script.
local function ask(...)
  local answer = redis.pcall(...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  if not string.find(answer.err, 'WRONGTYPE', 1, true) then error(answer) end
  return nil
end

-- Whatever there is of a record, nil where there is nothing; and what is wrong with it.
local function inspect_record(id, fields)
  local values = ask('HMGET', K.message(id), unpack(fields))
  if not values then return {}, 'its record is no hash' end
  local record, known = {}, values[1]
  for i = 1, #fields do record[fields[i]] = values[i] end
  for i = 2, known and 0 or #fields do known = known or values[i] end
  if not known then return nil end
  local field = broken_field(record)
  return record, field and 'its record has no valid ' .. field
end

-- A record that is broken is none to whoever moves messages: it stays as it is, and the audit names
-- it. Otherwise one of them would stop all that its account sends.
local function load_record(id, fields)
  local record, fault = inspect_record(id, fields or CORE_FIELDS)
  if fault then return nil end
  return record
end

-- A slot on the move or a missing right stops a script where it stands, and nothing rolls back.
-- Reading every key first makes that happen before the first write. Records were read already.
local to_read = {}
local last = {}

local function will_write(key) to_read[key] = true end

local function will_move(record)
  if record.campaign == last.campaign and record.channel == last.channel
      and record.priority == last.priority then
    return
  end
  last = record
  to_read[K.ready(record.priority, record.channel, record.campaign or '')] = true
  to_read[K.turns(record.priority)] = true
  to_read[K.due(record.priority)] = true
  if record.campaign and record.campaign ~= '' then to_read[K.campaign(record.campaign)] = true end
end

-- The records of the ids that stand in ARGV at `first` and every `stride` on, by id: one table for
-- each id, however often it is named, so that it moves once.
local function load_records(first, stride, fields)
  local records = {}
  for i = first, #ARGV, stride do
    local id = ARGV[i]
    local record = not records[id] and load_record(id, fields)
    if record then
      records[id] = record
      will_move(record)
    end
  end
  return records
end

local function read_first()
  local keys = { K.counts, K.poll, K.dead, K.in_doubt, K.leases, K.served, K.holds, K.suppressed }
  for key in pairs(to_read) do keys[#keys + 1] = key end
  for first = 1, #keys, 1000 do
    redis.call('EXISTS', unpack(keys, first, math.min(first + 999, #keys)))
  end
end
