-- Takes one message in, or says that its id is already known.
--
-- KEYS  1 counts
-- ARGV  1 id  2 payload  3 recipient  4 channel  5 priority  6 campaign or ''  7 fingerprint
--       8 token: the same for every run of one call  9 send_at ms or ''  10 validity ms or ''
--       11 on_doubt  12 '1' to ignore the suppression list  13 most messages waiting, 0: any number
--       14 until when the provider holds it, ms, or ''
-- answer  {created 0|1, state, conflict 0|1} or {-1, 'full', 0}
-- @oom deny
-- @include clock record ready move server

local id, payload, recipient, channel, priority = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local campaign, fingerprint, token = ARGV[6], ARGV[7], ARGV[8]
local send_at, validity_ms = tonumber(ARGV[9]), tonumber(ARGV[10])
local on_doubt, ignore_suppression, quota = ARGV[11], ARGV[12], tonumber(ARGV[13])
local PAGE = 200
local now = now_ms()
local key = K.message(id)

local known = redis.call('HMGET', key, 'state', 'fingerprint', 'token', 'history')
if known[1] then
  if known[3] == token then
    return { 1, string.match(known[4], '^%d+ (%S+)'), 0 }
  end
  return { 0, known[1], known[2] == fingerprint and 0 or 1 }
end

local roll = campaign ~= '' and 'c:' .. campaign or string.format('h:%d', math.floor(now / 3600000))
local record = { state = false, priority = priority, channel = channel, campaign = campaign, turn = 0 }
local length = tonumber(redis.call('HGET', K.roll_pages(roll), 'length') or '0')
local page = math.floor(length / PAGE)
will_move(record)
for _, key in ipairs({ K.roll(roll, page), K.rolls, K.campaigns }) do will_write(key) end
read_first()
if quota > 0 then
  local waiting = redis.call('HMGET', K.counts, 'queued', 'scheduled')
  if (tonumber(waiting[1]) or 0) + (tonumber(waiting[2]) or 0) >= quota then return { -1, 'full', 0 } end
end

-- So that no copy of these data is without the server that they come from.
if redis.call('EXISTS', K.server) == 0 then introduce(load_server()) end

local state = 'queued'
if send_at and send_at > now then state = 'scheduled' end
if ignore_suppression ~= '1'
    and redis.call('SISMEMBER', K.suppressed, channel .. ':' .. recipient) == 1 then
  state = 'suppressed'
end

if length == 0 then
  redis.call('ZADD', K.rolls, 'NX', now, roll)
  if campaign ~= '' and redis.call('HSETNX', K.campaign(campaign), 'state', 'running') == 1 then
    redis.call('HSET', K.campaign(campaign), 'created_at', now)
    redis.call('SADD', K.campaigns, campaign)
  end
end
redis.call('HINCRBY', K.roll_pages(roll), 'length', 1)
redis.call('RPUSH', K.roll(roll, page), id)

local fields = {
  payload = payload, recipient = recipient, channel = channel, priority = priority,
  fingerprint = fingerprint, token = token, enqueued_at = now, page = roll .. '/' .. page,
}
if campaign ~= '' then fields.campaign = campaign end
if on_doubt ~= 'hold' then fields.on_doubt = on_doubt end
if ignore_suppression == '1' then fields.ignore_suppression = '1' end
if ARGV[14] ~= '' then fields.deliver_at = ARGV[14] end
if validity_ms then fields.expires_at = math.max(now, send_at or 0) + validity_ms end
move(id, record, state, now, fields, send_at)
write_counts()
return { 1, state, 0 }
