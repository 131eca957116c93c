-- Archives what one page of a roll holds and what has been final for long enough: the record
-- goes, its count moves. `in_doubt` never goes by age, nor does what belongs to a campaign that is
-- being imported. A page of which everything was archived goes, too, and at last the roll of an hour
-- that is over: only numbers of them remain.
--
-- KEYS  1 counts
-- ARGV  1 roll  2 page  3 retention ms  4 retention ms of dead letters
-- answer  {archived now, records of this page that are left}
-- @include clock record ready move

local roll, page = ARGV[1], tonumber(ARGV[2])
local retention, dead_retention = tonumber(ARGV[3]), tonumber(ARGV[4])
local PAGE, EXAMINE = 200, 250
local IMPORT_MS = 3600000 -- so long after it began, an import still has to find whom it reached
local PAST = 'h:past' -- has no pages; its `gone` counts the ids of all hours that are gone
local ARCHIVABLE = {
  delivered = true, read = true, emulated = true, unconfirmed = true, cancelled = true,
  suppressed = true, dead = true,
}
local FIELDS = core_fields_and('page', 'changed_at')
local now = now_ms()
local own_page = roll .. '/' .. page
local campaign = string.match(roll, '^c:(.*)$')
local opened_at = campaign and redis.call('HGET', K.campaign(campaign), 'opened_at')
local rests = opened_at and now - tonumber(opened_at) < math.min(retention, IMPORT_MS)
local pages = K.roll_pages(roll)
local ids = redis.call('LRANGE', K.roll(roll, page), 0, -1)
local due, left, seen = {}, 0, {}

for _, id in ipairs(ids) do
  -- An id that was archived and taken in again stands in its roll twice, but has one record.
  local record = not seen[id] and load_record(id, FIELDS)
  seen[id] = true
  if record and record.page == own_page then
    local keep = record.state == 'dead' and dead_retention or retention
    if not rests and ARCHIVABLE[record.state] and tonumber(record.changed_at) + keep <= now then
      due[#due + 1] = { id, record }
      will_move(record)
    else
      left = left + 1
    end
  end
end

local length, first = unpack(redis.call('HMGET', pages, 'length', 'first'))
length, first = tonumber(length) or 0, tonumber(first) or 0
local hour = tonumber(string.match(roll, '^h:(%d+)$'))
local is_over = hour and hour < math.floor(now / 3600000)

local function archived_of(n) return tonumber(redis.call('HGET', pages, 'archived:' .. n) or '0') end

-- To the last page of a roll that grows, ids are still added.
local function is_full(n) return (n + 1) * PAGE <= length or is_over end

local drops = #ids > 0 and left == 0 and archived_of(page) + #due == #ids and is_full(page)

local function is_gone(n)
  if n == page and drops then return true end
  return is_full(n) and archived_of(n) == math.min(PAGE, length - n * PAGE)
    and redis.call('EXISTS', K.roll(roll, n)) == 0
end

-- Pages in front that are gone need no count of their own.
local behind = first
while behind * PAGE < length and behind - first < EXAMINE and is_gone(behind) do behind = behind + 1 end
for _, key in ipairs({ pages, K.rolls, K.roll_pages(PAST) }) do will_write(key) end
read_first()

for _, entry in ipairs(due) do
  local id, record = unpack(entry)
  leave_index(id, record)
  count_move(record.state, 'archived', record.campaign)
  redis.call('DEL', K.message(id))
end
if #due > 0 then redis.call('HINCRBY', pages, 'archived:' .. page, #due) end
write_counts()
if drops then redis.call('DEL', K.roll(roll, page)) end
if behind > first then
  redis.call('HSET', pages, 'first', behind)
  for n = first, behind - 1 do redis.call('HDEL', pages, 'archived:' .. n) end
end
if is_over and length > 0 and behind * PAGE >= length then
  redis.call('HINCRBY', K.roll_pages(PAST), 'gone', length)
  redis.call('ZADD', K.rolls, 0, PAST)
  redis.call('DEL', pages)
  redis.call('ZREM', K.rolls, roll)
end
return { #due, left }
