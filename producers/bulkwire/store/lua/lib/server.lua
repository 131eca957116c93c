-- Which server holds the data. Another `run_id` than the one stored means that the server was
-- started anew or another took over, and it may have forgotten its last moments: what left in them
-- stands in the queue again. So nobody claims for one lease, while those who sent it say so again.

local function load_server()
  local run_id, reaped_at = unpack(redis.call('HMGET', K.server, 'run_id', 'reaped_at'))
  local running = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  return { run_id = run_id, running = running, reaped_at = reaped_at and tonumber(reaped_at) }
end

local function has_changed(server) return server.run_id ~= server.running end

local function introduce(server) redis.call('HSET', K.server, 'run_id', server.running) end

-- What ran while nobody could renew is not lost: every lease gets a fresh term.
local function recover(server, now, lease_ms)
  introduce(server)
  for _, batch in ipairs(redis.call('ZRANGE', K.leases, 0, -1)) do
    redis.call('ZADD', K.leases, now + lease_ms, batch)
  end
  -- An account that nobody enqueued for yet has nothing to forget.
  if not server.run_id then return end
  redis.call('HSET', K.holds, 'recovering', cjson.encode({
    reason = 'recovering', since = now, why = 'the store was started anew, or another took over',
    by = 'store', streak = 0, ends_at = now + lease_ms,
  }))
end
