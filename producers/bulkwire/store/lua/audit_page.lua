-- Checks one page of a roll at one moment: every id in exactly one state, and in its index.
--
-- KEYS  1 counts
-- ARGV  1 roll  2 page
-- answer  {ids in the page, archived, {state, n, …}, {id, what is wrong, …}, queued ids,
--         how many more the page says were archived than are without a record, ids that were lost}
-- @include record standing

local roll, page = ARGV[1], ARGV[2]
local FIELDS = core_fields_and('page', 'discarded')
local PAGE = 200
local own_page = roll .. '/' .. page
local ids = redis.call('LRANGE', K.roll(roll, page), 0, -1)
local archived, first = unpack(
  redis.call('HMGET', K.roll_pages(roll), 'archived:' .. page, 'first'))
archived = tonumber(archived) or 0
if tonumber(page) < (tonumber(first) or 0) then archived = PAGE end
-- A page goes when everything of it was archived.
if #ids == 0 then return { archived, archived, {}, {}, {}, 0, {} } end

local states, wrong, queued, missing, seen = {}, {}, {}, {}, {}

local function complain(id, what) wrong[#wrong + 1] = id; wrong[#wrong + 1] = what end

for _, id in ipairs(ids) do
  -- An id that was archived and taken in again stands in its roll twice, but has one record.
  local record = not seen[id] and load_record(id, FIELDS)
  seen[id] = true
  if record and record.page == own_page then
    states[record.state] = (states[record.state] or 0) + 1
    if record.state == 'queued' then queued[#queued + 1] = id end
    local what = misplaced(id, record)
    if what then complain(id, what) end
  elseif record and not record.page then
    complain(id, 'has a record, but no roll names it')
  else
    missing[#missing + 1] = id
  end
end
-- Which of those without a record were archived, nobody knows any more.
local lost = {}
if #missing > archived then
  lost = missing
  local what = 'taken in, but has no record and was not archived'
  if archived > 0 then
    what = string.format('has no record; %d of the %d such ids of its page were not archived',
      #missing - archived, #missing)
  end
  for _, id in ipairs(missing) do complain(id, what) end
end

local counted = {}
for state, n in pairs(states) do counted[#counted + 1] = state; counted[#counted + 1] = n end
return {
  #ids, math.min(archived, #missing), counted, wrong, queued, math.max(0, archived - #missing),
  lost,
}
