-- Holds stop claiming for an account or one of its channels. One field per reason (or
-- `reason:channel`), its value JSON: since, why, by, channel, probe_at, streak, batch, balance, key.

local TRIAL_MS = 30000 -- how long one trial message has before another may be tried

local function standing_holds()
  local holds = {}
  local flat = redis.call('HGETALL', K.holds)
  for i = 1, #flat, 2 do holds[flat[i]] = cjson.decode(flat[i + 1]) end
  return holds
end

-- 'open'; 'trial' where every hold in the way may be tried with one message; or 'shut' and,
-- where known, the milliseconds until that changes.
local function gate(holds, channel, now)
  local verdict, wait = 'open', nil
  for _, hold in pairs(holds) do
    if not hold.channel or hold.channel == channel then
      if not hold.probe_at then return 'shut', nil end
      if hold.probe_at > now then
        verdict = 'shut'
        wait = math.max(wait or 0, hold.probe_at - now)
      elseif verdict == 'open' then
        verdict = 'trial'
      end
    end
  end
  return verdict, wait
end

local function start_trial(holds, channel, now)
  for field, hold in pairs(holds) do
    if hold.probe_at and (not hold.channel or hold.channel == channel) then
      hold.probe_at = now + TRIAL_MS
      redis.call('HSET', K.holds, field, cjson.encode(hold))
    end
  end
end

-- A trial message got through: what could be tried is over.
local function lift_tried(channel)
  for field, hold in pairs(standing_holds()) do
    if hold.probe_at and (not hold.channel or hold.channel == channel) then
      redis.call('HDEL', K.holds, field)
    end
  end
end
