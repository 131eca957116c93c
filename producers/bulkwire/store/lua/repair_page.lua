-- A page of a roll cannot have archived more than it misses: what its count has too much goes.
--
-- KEYS  1 counts
-- ARGV  1 '1' only says how many  2 roll  3 page
-- answer  how many too many
-- @include record

local only_look, roll, page = ARGV[1] == '1', ARGV[2], ARGV[3]
local own_page, field = roll .. '/' .. page, 'archived:' .. page
local missing, seen = 0, {}
local ids = redis.call('LRANGE', K.roll(roll, page), 0, -1)
if #ids == 0 then return 0 end -- it went when everything of it was archived
for _, id in ipairs(ids) do
  local record = not seen[id] and inspect_record(id, core_fields_and('page'))
  seen[id] = true
  -- One that says no page any more was not archived either.
  local there = record and (record.page == own_page or not record.page)
  if not there then missing = missing + 1 end
end
local archived = tonumber(redis.call('HGET', K.roll_pages(roll), field) or '0')
local too_many = math.max(0, archived - missing)
if not only_look and too_many > 0 then redis.call('HINCRBY', K.roll_pages(roll), field, -too_many) end
return too_many
