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

local function load_record(id, fields)
  fields = fields or CORE_FIELDS
  local values = redis.call('HMGET', K.message(id), unpack(fields))
  if not values[1] then return nil end
  local record = {}
  for i = 1, #fields do record[fields[i]] = values[i] end
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
