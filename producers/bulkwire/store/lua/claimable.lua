-- Would a claim yield a message now? Every gate of `claim` applied; changes nothing.
--
-- KEYS  1 counts
-- ARGV  1 most messages a second by channel, where settings limit it: sms=100,whatsapp=20
-- answer  1 or 0
-- @include clock record ready holds rate

local EXAMINE = 250 -- what hides behind so many stale entries is found once claims have dropped them
local FIELDS = core_fields_and('expires_at', 'ignore_suppression', 'queued_at')
local now = now_ms()
local holds = standing_holds()
local examined, paces = 0, {}

local function goes_out(id, priority, member)
  local record = load_record(id, FIELDS)
  if not record or record.state ~= 'queued' then return false end
  if record.priority ~= priority or record.channel .. ':' .. (record.campaign or '') ~= member then
    return false -- it goes to its own list first
  end
  if record.expires_at and tonumber(record.expires_at) <= now then return false end
  return record.ignore_suppression == '1'
    or redis.call('SISMEMBER', K.suppressed, record.channel .. ':' .. record.recipient) == 0
end

local function has_room(channel, priority)
  if not paces[channel] then
    paces[channel] = load_pace(channel, now)
    refill(paces[channel], now, tonumber(string.match(ARGV[1], channel .. '=([%d.e+-]+)')))
  end
  return allowance(paces[channel], priority, 1) > 0
end

local function yields(priority, member)
  local channel, campaign = string.match(member, '^(%a+):(.*)$')
  local verdict = gate(holds, channel, now)
  if verdict == 'shut' or not campaign_runs(campaign) then return false end
  if verdict == 'open' and not has_room(channel, priority) then return false end
  local list = K.ready(priority, channel, campaign)
  for _, id in ipairs(redis.call('LRANGE', list, 0, EXAMINE - examined - 1)) do
    examined = examined + 1
    if goes_out(id, priority, member) then return true end
  end
  return false
end

for _, priority in ipairs({ 'high', 'normal', 'low' }) do
  for _, member in ipairs(redis.call('ZRANGE', K.turns(priority), 0, -1)) do
    if yields(priority, member) then return 1 end
    if examined >= EXAMINE then return 0 end
  end
end
return 0
