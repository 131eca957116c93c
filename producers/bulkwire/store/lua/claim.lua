-- Leases a batch: up to a whole request of messages of one priority, channel and campaign.
--
-- KEYS  1 counts
-- ARGV  1 batch: random, never used before  2 lease ms  3 longest lease ms  4 most messages
--       5 most payload bytes  6 linger ms  7 priorities in the order to serve, comma-separated
--       8 most messages a second by channel, where settings limit it: sms=100,whatsapp=20
-- answer  {'batch', channel, trial 0|1, {id, payload, recipient, attempts, ms of validity left
--         or -1, priority, campaign, refusals that counted no attempt, turn}, …}
--         {'ready'} nothing to send was found in this look: claim again  {'again', ms}  {'empty'}
-- @include clock record ready move holds rate server

local batch, lease_ms, longest_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local most, most_bytes, linger_ms = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local EXAMINE = 250
local LOOK_AGAIN_MS = 100
local FIELDS = core_fields_and('expires_at', 'ignore_suppression', 'alone', 'queued_at', 'payload', 'refusals')
local now = now_ms()
local examined, parked, paces = 0, {}, {}

local function described(id, record)
  local left = -1
  if record.expires_at then left = math.max(1, tonumber(record.expires_at) - now) end
  return {
    id, record.payload or '', record.recipient,
    tonumber(record.attempts) or 0, left, record.priority, record.campaign or '',
    tonumber(record.refusals) or 0, tonumber(record.turn) or 0,
  }
end

local function answer_again()
  local ids, channel, trial = unpack(redis.call('HMGET', K.batch(batch), 'ids', 'channel', 'trial'))
  if not ids then return nil end
  local answer = { 'batch', channel, tonumber(trial) }
  for id in string.gmatch(ids, '[^,]+') do
    local record = load_record(id, FIELDS)
    if record and record.batch == batch and record.state == 'sending' then
      answer[#answer + 1] = described(id, record)
    end
  end
  return answer
end

local function opted_out(record)
  return record.ignore_suppression ~= '1'
    and redis.call('SISMEMBER', K.suppressed, record.channel .. ':' .. record.recipient) == 1
end

-- Looks at the head of one ready list and sorts what it finds; changes nothing yet.
local function look(list, priority, channel, campaign, wanted)
  local found = {
    picks = {}, drops = {}, twice = {}, strays = {}, taken = 0, full = false, records = {},
  }
  local recipients, bytes = {}, 0
  for _, id in ipairs(redis.call('LRANGE', list, 0, EXAMINE - examined - 1)) do
    examined = examined + 1
    local named_before = found.records[id]
    local record = named_before or load_record(id, FIELDS)
    found.records[id] = record
    local payload = record and record.payload
    if record and not named_before then record.payload = nil end -- a megabyte each, of 250
    if named_before or not record or record.state ~= 'queued' then
      -- What a list names twice, or names and the record denies, is dropped. So is what is broken.
    elseif record.channel ~= channel or record.priority ~= priority
        or (record.campaign or '') ~= campaign then
      found.strays[#found.strays + 1] = id
    elseif record.expires_at and tonumber(record.expires_at) <= now then
      found.drops[#found.drops + 1] = { id, 'dead', { reason = 'validity_over', category = 'expired' } }
    elseif opted_out(record) then
      found.drops[#found.drops + 1] = { id, 'suppressed', { reason = 'opted_out' } }
    elseif recipients[record.recipient] then
      found.twice[#found.twice + 1] = id
    else
      local size = #(payload or '') + 64
      local apart = record.alone == '1' and #found.picks > 0
      if apart or (#found.picks > 0 and bytes + size > most_bytes) then
        found.full = true
        break
      end
      bytes = bytes + size
      record.payload = payload
      recipients[record.recipient] = true
      found.picks[#found.picks + 1] = id
      found.full = #found.picks >= wanted or record.alone == '1'
    end
    found.taken = found.taken + 1
    if found.full then break end
  end
  return found
end

local function pace_of(channel)
  if not paces[channel] then
    paces[channel] = load_pace(channel, now)
    refill(paces[channel], now, tonumber(string.match(ARGV[8], channel .. '=([%d.e+-]+)')))
  end
  return paces[channel]
end

local function milliseconds_to_linger(found, priority, trial)
  if priority == 'high' or trial or found.full or #found.picks == 0 then return 0 end
  local waited = now - tonumber(found.records[found.picks[1]].queued_at)
  if waited < 0 then return 0 end -- the clock was set back: it doesn't say how long
  return linger_ms - waited
end

-- Campaigns that don't run have no turn. Written late: first everything is read.
local function park()
  for _, turn in ipairs(parked) do redis.call('ZREM', turn[1], turn[2]) end
end

-- A list that waited behind a hold or lingered may not catch up on what others were served since.
local function take(list, found, priority, member, score)
  score = math.max(score, tonumber(redis.call('HGET', K.served, priority) or '0'))
  will_write(K.batch(batch))
  for _, record in pairs(found.records) do will_move(record) end
  read_first()
  park()
  redis.call('LTRIM', list, found.taken, -1)
  for i = #found.twice, 1, -1 do redis.call('LPUSH', list, found.twice[i]) end
  -- What stands in another list than its own may belong to a campaign that is paused.
  for _, id in ipairs(found.strays) do push_ready(id, found.records[id]) end
  for _, drop in ipairs(found.drops) do move(drop[1], found.records[drop[1]], drop[2], now, drop[3]) end
  redis.call('HSET', K.served, priority, score)
  if redis.call('EXISTS', list) == 0 then redis.call('ZREM', K.turns(priority), member)
  else redis.call('ZADD', K.turns(priority), score + #found.picks, member) end
end

local function lease(found, channel, campaign, trial)
  local answer = { 'batch', channel, trial and 1 or 0 }
  for _, id in ipairs(found.picks) do
    local record = found.records[id]
    move(id, record, 'sending', now, { batch = batch }, nil, 'batch ' .. string.sub(batch, 1, 8))
    answer[#answer + 1] = described(id, record)
  end
  redis.call('HSET', K.batch(batch), 'ids', table.concat(found.picks, ','), 'channel', channel,
    'campaign', campaign, 'claimed_at', now, 'until', now + longest_ms, 'trial', trial and 1 or 0)
  take_tokens(pace_of(channel), #found.picks)
  redis.call('ZADD', K.leases, now + lease_ms, batch)
  return answer
end

local before = answer_again()
if before then return before end

local server = load_server()
if has_changed(server) then
  will_write(K.server)
  read_first()
  recover(server, now, lease_ms)
  return server.run_id and { 'again', lease_ms } or { 'ready' }
end
local holds = standing_holds()
if is_recovering(holds.recovering, server, now) then
  return { 'again', math.max(LOOK_AGAIN_MS, holds.recovering.ends_at - now) }
end
local wait = nil
for priority in string.gmatch(ARGV[7], '[^,]+') do
  local turns = redis.call('ZRANGE', K.turns(priority), 0, -1, 'WITHSCORES')
  for i = 1, #turns, 2 do
    local channel, campaign = string.match(turns[i], '^(%a+):(.*)$')
    local verdict, hold_wait = gate(holds, channel, now)
    if verdict == 'shut' then
      if hold_wait then wait = math.min(wait or hold_wait, hold_wait) end
    elseif not campaign_runs(campaign) then
      parked[#parked + 1] = { K.turns(priority), turns[i] }
    elseif EXAMINE - examined < most then
      break -- the lists so far linger, so there is a wait, and those behind them have it too
    else
      local trial = verdict == 'trial'
      local wanted, pace_wait = allowance(pace_of(channel), priority, most)
      if trial then wanted = 1 end -- how fast one may send is not what a trial is about
      local list = K.ready(priority, channel, campaign)
      local found, linger = nil, pace_wait
      if wanted > 0 then
        found = look(list, priority, channel, campaign, wanted)
        linger = milliseconds_to_linger(found, priority, trial)
      end
      if linger > 0 then
        wait = math.min(wait or linger, linger)
      else
        take(list, found, priority, turns[i], tonumber(turns[i + 1]))
        local answer = { 'ready' }
        if #found.picks > 0 then
          if trial then start_trial(holds, channel, now, batch) end
          answer = lease(found, channel, campaign, trial)
        end
        write_counts()
        return answer
      end
    end
  end
end
park()
if wait then return { 'again', math.ceil(wait) } end
return { 'empty' }
