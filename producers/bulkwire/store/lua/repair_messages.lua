-- Puts messages back where their records say they stand. What is wrong is judged here, from the
-- record, not from what an audit saw before. A message whose batch is gone may have left: it falls
-- in doubt, and waits there for people even if its sender would rather have it sent twice.
-- A record that is broken is named and left alone: nobody guesses what it said.
--
-- KEYS  1 counts
-- ARGV  1 '1' only says what is wrong  2… ids, a few: finding one in a long ready list takes its time
-- answer  for each what was wrong, '' where nothing is, or where there is no record
-- @include clock record ready move standing

local PAGE = 200
local OFF_ROLL = 'has a record, but no roll names it'
local only_look = ARGV[1] == '1'
local FIELDS = core_fields_and('discarded', 'page', 'due_at', 'changed_at', 'enqueued_at',
  'queued_at', 'expires_at', 'accepted_at')
local now = now_ms()
local records, broken = {}, {}
for i = 2, #ARGV do
  local id = ARGV[i]
  local record, fault = inspect_record(id, FIELDS)
  if fault then
    broken[id] = fault
  elseif record then
    records[id] = record
    will_move(record)
  end
end

local function place_of(record) return string.match(record.page or '', '^(.*)/(%d+)$') end

local function own_roll(record)
  if record.campaign and record.campaign ~= '' then return 'c:' .. record.campaign end
  return string.format('h:%d', math.floor((tonumber(record.enqueued_at) or now) / 3600000))
end

local function length_of(roll) return tonumber(redis.call('HGET', K.roll_pages(roll), 'length') or '0') end

local function first_of(roll) return tonumber(redis.call('HGET', K.roll_pages(roll), 'first') or '0') end

-- A page behind the end of its roll, or of a roll that nobody knows, is walked by no audit.
local function is_on_roll(id, record)
  local roll, page = place_of(record)
  return roll and redis.call('ZSCORE', K.rolls, roll)
    and tonumber(page) >= first_of(roll) and tonumber(page) * PAGE < length_of(roll)
    and redis.call('LPOS', K.roll(roll, page), id)
end

local function list_of(record) return K.ready(record.priority, record.channel, record.campaign or '') end

local function faults_of(id, record)
  local faults = {}
  if not is_on_roll(id, record) then faults[1] = OFF_ROLL end
  local what = misplaced(id, record)
  if record.state == 'queued' and not redis.call('LPOS', list_of(record), id) then
    what = 'queued, but stands in no ready list'
  end
  faults[#faults + 1] = what
  return faults
end

local function stands_on(roll, page, id) return redis.call('LPOS', K.roll(roll, page), id) end

-- Onto the page that names it already; else back onto its own, where that has room; else to the end
-- of its roll.
local function page_for(id, record)
  local roll, page = place_of(record)
  if roll and stands_on(roll, page, id) then return roll, page end
  local own = own_roll(record)
  local last = math.floor(length_of(own) / PAGE)
  for n = last, first_of(own), -1 do
    if stands_on(own, n, id) then return own, n end
  end
  local size = roll and redis.call('LLEN', K.roll(roll, page)) or 0
  if size > 0 and size < PAGE then return roll, page end
  return own, last
end

-- `total` counted it when it was taken in, and goes on doing so.
local function put_on_roll(id, record, roll, page)
  if not stands_on(roll, page, id) then redis.call('RPUSH', K.roll(roll, page), id) end
  redis.call('HSET', K.message(id), 'page', roll .. '/' .. page)
  local least = page * PAGE + redis.call('LLEN', K.roll(roll, page))
  if length_of(roll) < least then redis.call('HSET', K.roll_pages(roll), 'length', least) end
  redis.call('ZADD', K.rolls, 'NX', tonumber(record.enqueued_at) or now, roll)
end

local function put_in_place(id, record)
  local state = record.state
  if state == 'queued' then push_ready(id, record)
  elseif state == 'scheduled' then redis.call('ZADD', K.due(record.priority), record.due_at or now, id)
  elseif state == 'accepted' then redis.call('ZADD', K.poll, now, id)
  elseif state == 'dead' then redis.call('ZADD', K.dead, record.changed_at, id)
  elseif state == 'in_doubt' then redis.call('ZADD', K.in_doubt, record.changed_at, id)
  elseif state == 'sending' and names(record.batch or '', id) then
    redis.call('ZADD', K.leases, now, record.batch)
  elseif state == 'sending' then
    move(id, record, 'in_doubt', now, { reason = 'repaired', batch = record.batch or 'lost' })
  end
end

local found, pages = {}, {}
will_write(K.rolls)
for id, record in pairs(records) do
  found[id] = faults_of(id, record)
  if found[id][1] == OFF_ROLL then
    pages[id] = { page_for(id, record) }
    will_write(K.roll_pages(pages[id][1]))
  end
end
read_first()

local answer = {}
for i = 2, #ARGV do
  local id, record = ARGV[i], records[ARGV[i]]
  local faults = found[id] or {}
  answer[#answer + 1] = broken[id] or table.concat(faults, '; ')
  if not only_look and #faults > 0 then
    found[id] = nil
    if pages[id] then put_on_roll(id, record, unpack(pages[id])) end
    if not pages[id] or #faults > 1 then put_in_place(id, record) end
  end
end
write_counts()
return answer
