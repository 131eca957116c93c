-- Archives what one page of a roll holds and what has been final for long enough: the record
-- goes, its count moves. `in_doubt` never goes by age.
--
-- KEYS  1 counts
-- ARGV  1 roll  2 page  3 retention ms  4 retention ms of dead letters
-- answer  {archived now, records of this page that are left}
-- @include clock record ready move

local roll, page = ARGV[1], ARGV[2]
local retention, dead_retention = tonumber(ARGV[3]), tonumber(ARGV[4])
local ARCHIVABLE = {
  delivered = true, read = true, emulated = true, unconfirmed = true, cancelled = true,
  suppressed = true, dead = true,
}
local FIELDS = core_fields_and('page', 'changed_at')
local now = now_ms()
local own_page = roll .. '/' .. page
local due, left, seen = {}, 0, {}
will_write(K.roll_pages(roll))

for _, id in ipairs(redis.call('LRANGE', K.roll(roll, page), 0, -1)) do
  -- An id that was archived and taken in again stands in its roll twice, but has one record.
  local record = not seen[id] and load_record(id, FIELDS)
  seen[id] = true
  if record and record.page == own_page then
    local keep = record.state == 'dead' and dead_retention or retention
    if ARCHIVABLE[record.state] and tonumber(record.changed_at) + keep <= now then
      due[#due + 1] = { id, record }
      will_move(record)
    else
      left = left + 1
    end
  end
end
read_first()

for _, entry in ipairs(due) do
  local id, record = unpack(entry)
  leave_index(id, record)
  count_move(record.state, 'archived', record.campaign)
  redis.call('DEL', K.message(id))
end
if #due > 0 then redis.call('HINCRBY', K.roll_pages(roll), 'archived:' .. page, #due) end
write_counts()
return { #due, left }
