-- Checks one page of a roll at one moment: every id in exactly one state, and in its index.
--
-- KEYS  1 counts
-- ARGV  1 roll  2 page
-- answer  {ids in the page, archived, {state, n, …}, {id, what is wrong, …},
--         {ready list as its key ends, {queued ids}, …}, how many more the page says were archived
--         than are without a record, ids that were lost}
-- @include record standing

local roll, page = ARGV[1], ARGV[2]
-- All that keeps a record from being moved where it is broken, and what tells where it stands.
local FIELDS = {
  'state', 'recipient', 'channel', 'priority', 'campaign', 'turn', 'batch', 'page', 'discarded',
  'queued_at', 'expires_at', 'changed_at', 'accepted_at',
}
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

-- Most of a page waits in one list.
local latest, mine = {}, nil

local function note_queued(id, record)
  if record.channel ~= latest.channel or record.priority ~= latest.priority
      or record.campaign ~= latest.campaign then
    local list = record.priority .. ':' .. record.channel .. ':' .. (record.campaign or '')
    mine = queued[list] or {}
    latest, queued[list] = record, mine
  end
  mine[#mine + 1] = id
end

for _, id in ipairs(ids) do
  -- An id that was archived and taken in again stands in its roll twice, but has one record.
  local record, fault = nil, nil
  if not seen[id] then record, fault = inspect_record(id, FIELDS) end
  seen[id] = true
  if record and record.page == own_page then
    local state = record.state
    if STATES[state] then states[state] = (states[state] or 0) + 1 end
    if state == 'queued' and not fault then note_queued(id, record) end
    local what = fault or misplaced(id, record)
    if what then complain(id, what) end
  elseif record and not record.page then
    complain(id, fault or 'has a record, but no roll names it')
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

local function flat(by_name)
  local list = {}
  for name, value in pairs(by_name) do list[#list + 1] = name; list[#list + 1] = value end
  return list
end

return {
  #ids, math.min(archived, #missing), flat(states), wrong, flat(queued),
  math.max(0, archived - #missing), lost,
}
