-- Corrects one count of the account or of a campaign, if it is still what it was when the records
-- were counted.
--
-- KEYS  1 counts
-- ARGV  1 campaign, '' for the account  2 state, or total  3 the count as it was seen, '' where that
--       was no number  4 what the records add up to
-- answer  {1} it is that now  {0} it has moved meanwhile

local campaign, name, seen, right = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local key, field = K.counts, name
if campaign ~= '' then key, field = K.campaign(campaign), 'count:' .. name end
local kept = redis.call('HGET', key, field) or '0'
local count = string.match(kept, '^-?%d+$') and tonumber(kept) or nil
if count == right then return { 1 } end
if count ~= seen then return { 0 } end
redis.call('HSET', key, field, string.format('%.0f', right))
return { 1 }
