-- After a time in which nobody could renew a lease (the server hung, its clock jumped, no worker
-- was there), what seems to have lapsed gets one fresh term before it is taken back.

local SET_BACK_MS = 1000

-- Renewals come three times a lease, and rounds of upkeep several times a second.
local function nobody_could_renew(server, now, lease_ms)
  return server.reaped_at and now - server.reaped_at > lease_ms / 2
end

local function clock_was_set_back(server, now)
  return server.reaped_at and now < server.reaped_at - SET_BACK_MS
end

-- Once for each batch: or a fleet that keeps dying would never get back what its dead held.
local function give_fresh_terms(batches, now, lease_ms)
  for _, batch in ipairs(batches) do will_write(K.batch(batch)) end
  read_first()
  for _, batch in ipairs(batches) do
    local key = K.batch(batch)
    if redis.call('EXISTS', key) == 1 and redis.call('HSETNX', key, 'prolonged', 1) == 1 then
      redis.call('ZADD', K.leases, now + lease_ms, batch)
    end
  end
end

local function shorten_leases(now, lease_ms)
  local term = now + lease_ms
  for _, batch in ipairs(redis.call('ZRANGEBYSCORE', K.leases, '(' .. term, '+inf')) do
    redis.call('ZADD', K.leases, term, batch)
  end
end

local function note_round(server, now, lease_ms)
  local ago = server.reaped_at and now - server.reaped_at
  if ago and ago >= 0 and ago < lease_ms / 8 then return end
  redis.call('HSET', K.server, 'reaped_at', now)
end
