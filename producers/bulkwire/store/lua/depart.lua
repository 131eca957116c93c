-- Writes that the request may have left, if it still may: asked before every attempt.
--
-- KEYS  1 counts
-- ARGV  1 batch  2 attempt, from 1  3 lease ms  4 messages in the request
--       5 their ids, comma-separated; '' where it is the whole batch
-- answer  {'go', ms of lease left}
--         {'lost'} the lease lapsed; or the server had forgotten the batch, and what of it has not
--         left waits in the queue
--         {'held'} a hold, a paused campaign or, for a retry, the rate
--         {'cancelled'} the campaign was cancelled
-- @include clock record ready holds rate attempts server

local batch, attempt, lease_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()
local deadline = tonumber(redis.call('ZSCORE', K.leases, batch) or '0')
local channel, campaign, last, trial, ended, paid, said_again = unpack(redis.call('HMGET',
  K.batch(batch), 'channel', 'campaign', 'until', 'trial', 'ended', 'paid', 'said_again'))
if not channel or said_again or deadline <= now then return { 'lost' } end
if campaign ~= '' then
  local state = redis.call('HGET', K.campaign(campaign), 'state')
  if state == 'cancelled' then return { 'cancelled' } end
  if state and state ~= 'running' then return { 'held' } end
end
local holds = standing_holds()
local recovering = holds.recovering
if recovering and is_recovering(recovering, load_server(), now) then return { 'held' } end
local verdict, opens_in = gate(holds, channel, now)
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
if attempt > tonumber(ended or '0') then depart_with(batch, attempt, ARGV[5]) end
return { 'go', deadline - now }
