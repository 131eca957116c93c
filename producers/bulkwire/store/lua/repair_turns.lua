-- Gives a turn to ready lists that hold ids and have none, though nothing keeps them parked.
--
-- KEYS  1 counts
-- ARGV  1 '1' only says which  2… campaigns, '' for messages without one, at most 40
-- answer  {priority, channel, campaign, …} of the lists that had no turn
-- @include record ready campaigns

local only_look = ARGV[1] == '1'
for i = 2, #ARGV do will_steer(ARGV[i]) end
read_first()

local found = {}
for i = 2, #ARGV do
  local name = ARGV[i]
  if campaign_runs(name) then
    each_list(name, function(priority, member, list)
      local stuck = redis.call('EXISTS', list) == 1
        and not redis.call('ZSCORE', K.turns(priority), member)
      if stuck then
        for _, word in ipairs({ priority, string.match(member, '^%a+'), name }) do
          found[#found + 1] = word
        end
      end
      if stuck and not only_look then take_turn(priority, member) end
    end)
  end
end
return found
