-- A campaign that is paused keeps its ready lists, but they have no turn: it is parked. Resuming
-- gives a turn back to each list that holds ids. `version` rises with each change of its state.

local function each_list(name, act)
  for _, priority in ipairs({ 'high', 'normal', 'low' }) do
    for _, channel in ipairs({ 'sms', 'whatsapp' }) do
      act(priority, channel .. ':' .. name, K.ready(priority, channel, name))
    end
  end
end

local function will_steer(name)
  will_write(K.campaign(name))
  each_list(name, function(priority, _, list)
    will_write(K.turns(priority))
    will_write(list)
  end)
end

local function pause_campaign(name, why, by, now)
  local key = K.campaign(name)
  redis.call('HSET', key, 'state', 'paused', 'paused_at', now, 'why', why, 'by', by)
  redis.call('HINCRBY', key, 'version', 1)
  each_list(name, function(priority, member) redis.call('ZREM', K.turns(priority), member) end)
end

local function resume_campaign(name, now)
  local key = K.campaign(name)
  redis.call('HSET', key, 'state', 'running', 'resumed_at', now)
  redis.call('HDEL', key, 'paused_at', 'why', 'by')
  redis.call('HINCRBY', key, 'version', 1)
  each_list(name, function(priority, member, list)
    if redis.call('EXISTS', list) == 1 then take_turn(priority, member) end
  end)
end

-- The provider says that the template of a campaign is gone: what else it holds would die of it,
-- too. Not for what left before people last resumed it: they have put right what was wrong then.
local function pause_for_status(record, status, now)
  local state, resumed_at = unpack(
    redis.call('HMGET', K.campaign(record.campaign), 'state', 'resumed_at'))
  local left_at = tonumber(record.accepted_at) or 0
  if state == 'running' and left_at > (tonumber(resumed_at) or -1) then
    pause_campaign(record.campaign, status, 'worker', now)
  end
end
