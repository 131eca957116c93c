-- The only place that puts an id into a ready list and its list into the order of turns.
-- Fair sharing is start-time fair queueing: a list that had no work starts at the virtual time
-- last served, so that it neither jumps the others nor pays for having been idle.

local function campaign_runs(name)
  if not name or name == '' then return true end
  local state = redis.call('HGET', K.campaign(name), 'state')
  return not state or state == 'running'
end

local function take_turn(priority, member)
  local turns = K.turns(priority)
  if not redis.call('ZSCORE', turns, member) then
    local served = redis.call('HGET', K.served, priority) or '0'
    redis.call('ZADD', turns, served, member)
  end
end

-- A list of a campaign that doesn't run is parked: it holds ids but has no turn.
local function push_ready(id, record, at_front)
  local campaign = record.campaign or ''
  redis.call(at_front and 'LPUSH' or 'RPUSH', K.ready(record.priority, record.channel, campaign), id)
  if campaign_runs(campaign) then
    take_turn(record.priority, record.channel .. ':' .. campaign)
  end
end
