-- Holds stop claiming for an account or one of its channels. One field per reason (or
-- `reason:channel`), its value JSON: since, why, by, channel, probe_at, ends_at, streak, batch,
-- trial, balance, key, breaker, redrive. `batch` is the one that ran into it last, or another word
-- for who placed it.

local TRIAL_MS = 30000 -- how long one trial message has before another may be tried
local LONGEST_PROBE_MS = 600000

local function standing_holds()
  local holds = {}
  local flat = redis.call('HGETALL', K.holds)
  for i = 1, #flat, 2 do holds[flat[i]] = cjson.decode(flat[i + 1]) end
  return holds
end

local function save_hold(field, hold) redis.call('HSET', K.holds, field, cjson.encode(hold)) end

-- 'open'; 'trial' where every hold in the way may be tried with one message; or 'shut' and,
-- where known, the milliseconds until that changes.
local function gate(holds, channel, now)
  local verdict, wait = 'open', nil
  for _, hold in pairs(holds) do
    if not hold.channel or hold.channel == channel then
      local opens_at = hold.ends_at or hold.probe_at
      if not opens_at then return 'shut', nil end
      if opens_at > now then
        verdict = 'shut'
        wait = math.max(wait or 0, opens_at - now)
      elseif hold.probe_at and verdict == 'open' then
        verdict = 'trial'
      end
    end
  end
  return verdict, wait
end

local function start_trial(holds, channel, now, batch)
  for field, hold in pairs(holds) do
    if hold.probe_at and (not hold.channel or hold.channel == channel) then
      hold.probe_at, hold.trial = now + TRIAL_MS, batch
      save_hold(field, hold)
    end
  end
end

-- A trial failed: the next one waits longer.
local function put_off(hold, batch, probe_in, longest, now)
  hold.batch, hold.streak = batch, hold.streak + 1
  hold.probe_at = now + math.min(longest, probe_in * 2 ^ math.min(20, hold.streak))
end

-- Upkeep sends again what died meanwhile.
local function redrive_from(field, since, now)
  local standing = redis.call('HGET', K.redrives, field)
  since = math.min(since, standing and cjson.decode(standing).since or since)
  redis.call('HSET', K.redrives, field, cjson.encode({ since = since, ['until'] = now }))
end

-- When it was lifted and whose it was is remembered, or a late command would put it back. So is what
-- the balance was: a hold that comes back soon is tried again only with more.
-- `redrives` says which dead letters upkeep has to send again: those that died under the hold.
local function lift(field, hold, now)
  redis.call('HDEL', K.holds, field)
  redis.call('HSET', K.health, 'lifted:' .. field, string.format('%.0f %s', now, hold.batch or ''))
  if hold.balance then
    redis.call('HSET', K.health, 'balance_tried', hold.balance, 'balance_tried_at', now)
  end
  if hold.redrive then redrive_from(field, hold.since, now) end
  if hold.reason == 'balance' then
    if hold.redrive then redis.call('HSET', K.health, 'balance_redrives', 1)
    else redis.call('HDEL', K.health, 'balance_redrives') end
  end
end

-- What a used-up balance rejects although no such hold stands: the answer came when the hold that it
-- placed was lifted already. It goes out again where those before it did.
local function redrive_late(now)
  if redis.call('HEXISTS', K.holds, 'balance') == 0
    and redis.call('HEXISTS', K.health, 'balance_redrives') == 1 then
    redrive_from('balance', now, now)
  end
end
