-- Takes out of an index what the records deny: ids in another state, or without a record. Out of a
-- ready list only those that are queued and belong into another one: claims drop the others. What a
-- broken record denies, nobody knows.
--
-- KEYS  1 counts
-- ARGV  1 '1' only says which  2 poll|dead|in_doubt|due:<priority>|ready:<priority>:<channel>:<campaign>
--       3… ids, at most 250; of a ready list a few: finding one in a long list takes its time
-- answer  the ids that the index names and their records deny
-- @include record

local only_look, index = ARGV[1] == '1', ARGV[2]
local FIELDS = { 'state', 'recipient', 'channel', 'priority', 'campaign', 'discarded' }
local HOMES = { poll = 'accepted', dead = 'dead', in_doubt = 'in_doubt' }
local due = string.match(index, '^due:(.+)$')
local priority, channel, campaign = string.match(index, '^ready:(%a+):(%a+):(.*)$')
local key = due and K.due(due) or priority and K.ready(priority, channel, campaign)
  or ({ poll = K.poll, dead = K.dead, in_doubt = K.in_doubt })[index]

local function is_named(id)
  if priority then return redis.call('LPOS', key, id) end
  return redis.call('ZSCORE', key, id)
end

local function is_of_another_list(record)
  return record.state == 'queued' and (record.priority ~= priority or record.channel ~= channel
    or (record.campaign or '') ~= campaign)
end

local function denies(record)
  if priority then return is_of_another_list(record) end
  if due then return record.state ~= 'scheduled' or record.priority ~= due end
  return record.state ~= HOMES[index] or index == 'dead' and record.discarded == '1'
end

local function is_stray(id)
  local record, fault = inspect_record(id, FIELDS)
  if fault then return false end
  if not record then return not priority end
  return denies(record)
end

local strays = {}
for i = 3, #ARGV do
  if is_named(ARGV[i]) and is_stray(ARGV[i]) then strays[#strays + 1] = ARGV[i] end
end
if only_look or #strays == 0 then return strays end
if priority then
  for _, id in ipairs(strays) do redis.call('LREM', key, 0, id) end
else
  redis.call('ZREM', key, unpack(strays))
end
return strays
