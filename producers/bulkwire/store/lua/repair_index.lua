-- Takes out of an index what the records deny: ids in another state, or without a record.
--
-- KEYS  1 counts
-- ARGV  1 '1' only says which  2 poll|dead|in_doubt|due:<priority>  3… ids, at most 250
-- answer  the ids that the index names and their records deny

local only_look, index = ARGV[1] == '1', ARGV[2]
local HOMES = { poll = 'accepted', dead = 'dead', in_doubt = 'in_doubt' }
local priority = string.match(index, '^due:(.+)$')
local key = priority and K.due(priority)
  or ({ poll = K.poll, dead = K.dead, in_doubt = K.in_doubt })[index]
local home = priority and 'scheduled' or HOMES[index]

local function belongs(id)
  local state, discarded, own = unpack(
    redis.call('HMGET', K.message(id), 'state', 'discarded', 'priority'))
  return state == home and (not priority or own == priority)
    and not (home == 'dead' and discarded == '1')
end

local denied = {}
for i = 3, #ARGV do
  if redis.call('ZSCORE', key, ARGV[i]) and not belongs(ARGV[i]) then denied[#denied + 1] = ARGV[i] end
end
if not only_look and #denied > 0 then redis.call('ZREM', key, unpack(denied)) end
return denied
