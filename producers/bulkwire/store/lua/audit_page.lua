-- Checks one page of a roll at one moment: every id in exactly one state, and in its index.
--
-- KEYS  1 counts
-- ARGV  1 roll  2 page
-- answer  {ids in the page, archived, {state, n, …}, {id, what is wrong, …}, queued ids}
-- @include clock record

local roll, page = ARGV[1], ARGV[2]
local FIELDS = core_fields_and('page', 'discarded')
local own_page = roll .. '/' .. page
local ids = redis.call('LRANGE', K.roll(roll, page), 0, -1)
local archived = tonumber(redis.call('HGET', K.roll_pages(roll), 'archived:' .. page) or '0')
local states, wrong, queued, missing, seen = {}, {}, {}, {}, {}

local function complain(id, what) wrong[#wrong + 1] = id; wrong[#wrong + 1] = what end

local function check(id, record)
  local state = record.state
  if state == 'queued' then
    queued[#queued + 1] = id
  elseif state == 'scheduled' and not redis.call('ZSCORE', K.due(record.priority), id) then
    complain(id, 'scheduled, but has no due time')
  elseif state == 'accepted' and not redis.call('ZSCORE', K.poll, id) then
    complain(id, 'accepted, but has no next status check')
  elseif state == 'in_doubt' and not redis.call('ZSCORE', K.in_doubt, id) then
    complain(id, 'in doubt, but not listed')
  elseif state == 'dead' and record.discarded ~= '1' and not redis.call('ZSCORE', K.dead, id) then
    complain(id, 'dead, but not listed')
  elseif state == 'sending' and not redis.call('ZSCORE', K.leases, record.batch or '') then
    complain(id, 'sending, but under no lease')
  end
end

for _, id in ipairs(ids) do
  -- An id that was archived and taken in again stands in its roll twice, but has one record.
  local record = not seen[id] and load_record(id, FIELDS)
  seen[id] = true
  if record and record.page == own_page then
    states[record.state] = (states[record.state] or 0) + 1
    check(id, record)
  else
    missing[#missing + 1] = id
  end
end
if #missing ~= archived then
  for _, id in ipairs(missing) do complain(id, 'taken in, but has no record and was not archived') end
end

local counted = {}
for state, n in pairs(states) do counted[#counted + 1] = state; counted[#counted + 1] = n end
return { #ids, archived, counted, wrong, queued }
