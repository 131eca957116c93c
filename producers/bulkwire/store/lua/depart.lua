-- Writes that the request may have left, if it still may: asked before every attempt.
--
-- KEYS  1 counts
-- ARGV  1 batch  2 attempt, from 1  3 lease ms  4 messages in the request
-- answer  {'go', ms of lease left}  {'lost'} the lease lapsed  {'held'} a hold, a paused campaign or,
--         for a retry, the rate
--         {'cancelled'} the campaign was cancelled
-- @include clock record ready holds rate

local batch, attempt, lease_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()
local deadline = tonumber(redis.call('ZSCORE', K.leases, batch) or '0')
local channel, campaign, last, trial, recalled, paid = unpack(redis.call(
  'HMGET', K.batch(batch), 'channel', 'campaign', 'until', 'trial', 'recalled', 'paid'))
if not channel or deadline <= now then return { 'lost' } end
if campaign ~= '' then
  local state = redis.call('HGET', K.campaign(campaign), 'state')
  if state == 'cancelled' then return { 'cancelled' } end
  if state and state ~= 'running' then return { 'held' } end
end
local verdict, opens_in = gate(standing_holds(), channel, now)
if verdict ~= 'open' and trial ~= '1' then return { 'held' } end
-- A trial passes the hold it tries, not one that only people lift.
if verdict == 'shut' and not opens_in then return { 'held' } end
deadline = math.min(now + lease_ms, tonumber(last))
if deadline <= now then return { 'lost' } end
-- The claim paid for the first attempt. A retry pays for itself; where the bucket is deep in debt
-- it goes back to the front of its list, to be claimed when its turn comes.
if attempt > math.max(1, tonumber(paid or '0')) then
  local pace = load_pace(channel, now)
  refill(pace, now, pace.configured)
  if pace.rate and trial ~= '1' and pace.tokens <= -pace.rate then return { 'held' } end
  if pace.rate then
    take_tokens(pace, tonumber(ARGV[4]))
    redis.call('HSET', K.batch(batch), 'paid', attempt)
  end
end
redis.call('ZADD', K.leases, 'XX', deadline, batch)
if attempt > tonumber(recalled or '0') then redis.call('HSET', K.batch(batch), 'departed', attempt) end
return { 'go', deadline - now }
