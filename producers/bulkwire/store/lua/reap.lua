-- Takes back what lapsed leases held: in doubt where the request may have left, else to the front.
-- A server that came back, and leases that nobody could renew, get a fresh term first. Until those
-- who sent something have said so again, nothing is taken back: what may have left would seem not to
-- have, and in its next turn nobody could tell any more.
--
-- KEYS  1 counts
-- ARGV  1 lapses after which a message travels alone  2 lapses after which it is dead  3 lease ms
-- answer  {messages in doubt, messages put back, 1 if more leases have lapsed,
--         ms until the next lease can lapse or -1}
-- @include clock record ready move doubt server outage

local FIELDS = core_fields_and('lapses', 'on_doubt', 'resent')
local BATCHES = 2 -- of at most 100 messages
local LOOK_AGAIN_MS = 100
local alone_after, dead_after, lease_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()
local server = load_server()
local doubted, returned = 0, 0

local function lapsed_leases(most)
  return redis.call('ZRANGEBYSCORE', K.leases, '-inf', now, 'LIMIT', 0, most)
end

local function take_back(id, record)
  local lapses = (tonumber(record.lapses) or 0) + 1
  if lapses >= dead_after then
    move(id, record, 'dead', now, { reason = 'worker_lost', category = 'exhausted', lapses = lapses })
  else
    local fields = { reason = 'lease_lapsed', lapses = lapses }
    if lapses >= alone_after then fields.alone = '1' end
    return_unsent(id, record, now, fields, 0)
  end
end

local function answer()
  local next_lease = redis.call('ZRANGE', K.leases, 0, 0, 'WITHSCORES')[2]
  local wait = next_lease and math.max(0, tonumber(next_lease) - now) or -1
  return { doubted, returned, #lapsed_leases(1), math.ceil(wait) }
end

-- What has lapsed even so is taken back in the next round.
local function make_up_for_an_outage()
  if has_changed(server) then
    recover(server, now, lease_ms)
  elseif nobody_could_renew(server, now, lease_ms) then
    give_fresh_terms(lapsed_leases(-1), now, lease_ms)
  elseif clock_was_set_back(server, now) then
    shorten_leases(now, lease_ms)
  else
    return false
  end
  note_round(server, now, lease_ms)
  return true
end

local batches = {}
for n, batch in ipairs(lapsed_leases(BATCHES)) do
  local ids, departed, leaving = unpack(
    redis.call('HMGET', K.batch(batch), 'ids', 'departed', 'leaving'))
  local held = {}
  batches[n] = { batch, departed, leaving or ids, held }
  will_write(K.batch(batch))
  for id in string.gmatch(ids or '', '[^,]+') do
    local record = load_record(id, FIELDS)
    if record and record.state == 'sending' and record.batch == batch then
      held[#held + 1] = { id, record }
      will_move(record)
    end
  end
end
read_first()
if make_up_for_an_outage() then return answer() end
local hold = redis.call('HGET', K.holds, 'recovering')
local rests = hold and is_recovering(cjson.decode(hold), server, now)
note_round(server, now, lease_ms)
if rests then
  local wait = answer()[4]
  return { 0, 0, 0, wait < 0 and wait or math.max(LOOK_AGAIN_MS, wait) }
end
if hold then redis.call('HDEL', K.holds, 'recovering') end

-- Backwards, so that what returns to the front of its list stands there in its old order.
for n = #batches, 1, -1 do
  local batch, departed, leaving, held = unpack(batches[n])
  for i = #held, 1, -1 do
    local id, record = held[i][1], held[i][2]
    if departed and string.find(',' .. leaving .. ',', ',' .. id .. ',', 1, true) then
      fall_in_doubt(id, record, now, 'lease_lapsed', departed)
      doubted = doubted + 1
    else
      take_back(id, record)
      returned = returned + 1
    end
  end
  redis.call('DEL', K.batch(batch))
  redis.call('ZREM', K.leases, batch)
end
write_counts()

return answer()
