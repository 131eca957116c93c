-- What a trial, a single message sent under holds, says about each of them.

-- What it takes to lift a hold. An answer about a message shows that key, address and rate are
-- right; only an acceptance shows that there is money, and only a success ends what tripped the
-- circuit breaker.
local function is_enough(hold, proof)
  if hold.breaker == 'failed' then return false end -- only news of a delivery is
  if hold.breaker or hold.reason == 'balance' then return proof == 'accepted' end
  return proof == 'accepted' or proof == 'answered'
end

-- `proof`: 'accepted'; 'answered' where the message was rejected for a reason of its own; or
-- 'refused'. `failed`: it was one more failure of the kind that trips the circuit breaker.
-- A hold that was placed since the trial was claimed was not tried by it.
local function conclude_trial(batch, claimed_at, channel, proof, failed, now)
  for field, hold in pairs(standing_holds()) do
    local tried = hold.probe_at and claimed_at >= hold.since
    if tried and (not hold.channel or hold.channel == channel) then
      if is_enough(hold, proof) then
        lift(field, hold, now)
      elseif hold.breaker and failed then
        put_off(hold, batch, PROBE_MS, LONGEST_PROBE_MS, now)
        save_hold(field, hold)
      elseif proof == 'answered' then
        hold.probe_at = now -- it told nothing: let another message try
        save_hold(field, hold)
      end
    end
  end
end

-- News of a message that was sent while the circuit breaker held its channel for failing statuses.
local function conclude_by_status(holds, record, arrived, failed, now)
  local field = 'refused:' .. record.channel
  local hold = holds[field]
  if not hold or hold.breaker ~= 'failed' then return end
  if arrived and (tonumber(record.accepted_at) or 0) > hold.since then
    lift(field, hold, now)
    holds[field] = nil
  elseif failed and record.batch == hold.trial and hold.batch ~= hold.trial then
    put_off(hold, record.batch, PROBE_MS, LONGEST_PROBE_MS, now)
    save_hold(field, hold)
  end
end
