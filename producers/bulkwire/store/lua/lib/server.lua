-- Which server holds the data. Another `run_id` than the one stored means that the server was
-- started anew or another took over, and it may have forgotten its last moments: what left in them
-- stands in the queue again. So nobody claims for one lease, while those who sent it say so again;
-- for longer, where one of them has not done so.
--
-- The hash `witnesses`: each process that sends, when it was last seen and for which `run_id` it has
-- said all it knows.

local SILENT, SLOW = 1.5, 4 -- leases for which one that is silent, or still speaking, is waited for

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
    by = 'store', streak = 0, ends_at = now + lease_ms, lease = lease_ms,
  }))
end

local function known_witnesses()
  local witnesses, flat = {}, redis.call('HGETALL', K.witnesses)
  for i = 2, #flat, 2 do
    local seen_at, run_id = string.match(flat[i], '^(%d+) (.*)$')
    witnesses[#witnesses + 1] = { name = flat[i - 1], seen_at = tonumber(seen_at), run_id = run_id }
  end
  return witnesses
end

-- Whom it has to wait for: who was there when the server went, and who has been seen since.
local function is_waiting_for_witnesses(hold, server, now)
  local witnesses, last_before = known_witnesses(), 0
  for _, witness in ipairs(witnesses) do
    if witness.seen_at < hold.since then last_before = math.max(last_before, witness.seen_at) end
  end
  for _, witness in ipairs(witnesses) do
    local patience = 0
    if witness.run_id == server.running then patience = 0
    elseif witness.seen_at >= hold.since and witness.seen_at > now - hold.lease then patience = SLOW
    elseif witness.seen_at >= last_before - hold.lease then patience = SILENT end
    if now < hold.since + patience * hold.lease then return true end
  end
  return false
end

-- Whether claiming still rests. `hold`: the one that stands, or nil.
local function is_recovering(hold, server, now)
  return hold and (hold.ends_at > now or is_waiting_for_witnesses(hold, server, now))
end
