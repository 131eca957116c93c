-- A worker says again what it sent, to a server that came back and may have forgotten it: messages
-- whose record is older than the claim are being sent again, under the batch that took them.
--
-- KEYS  1 counts
-- ARGV  1 batch  2 channel  3 campaign or ''  4 '1' for a trial  5 the last attempt that left
--       6 lease ms  7 longest lease ms, then two for each message: id  turn
-- answer  {messages set right, messages that have no record}
-- @include clock record ready move attempts

local batch, channel, campaign, trial, departed = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local lease_ms, longest_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local FIRST, STRIDE = 8, 2
local HAS_ARRIVED = { delivered = true, read = true, emulated = true }
local now = now_ms()

-- A turn is claimed once: a record that still waits for it, or for an earlier one, has forgotten. So
-- has one that was cancelled while it waited, though it had left.
local function has_forgotten(record, turn)
  if HAS_ARRIVED[record.state] then return false end
  local known = tonumber(record.turn) or 0
  local waited = record.state == 'queued' or record.state == 'cancelled' and record.batch ~= batch
  return known < turn or known == turn and waited
end

local records = load_records(FIRST, STRIDE, core_fields_and('discarded'))
local key = K.batch(batch)
local ids, left, leaving, ended = unpack(
  redis.call('HMGET', key, 'ids', 'departed', 'leaving', 'ended'))
read_first()

local function joined_by_those_told(known)
  local all, named = {}, {}
  for id in string.gmatch(known, '[^,]+') do
    all[#all + 1] = id
    named[id] = true
  end
  for i = FIRST, #ARGV, STRIDE do
    if not named[ARGV[i]] then all[#all + 1] = ARGV[i] end
  end
  return table.concat(all, ',')
end

local set_right, unknown, open = 0, 0, false
for i = FIRST, #ARGV, STRIDE do
  local id, turn = ARGV[i], tonumber(ARGV[i + 1])
  local record = records[id]
  if not record then
    unknown = unknown + 1
  elseif has_forgotten(record, turn) then
    -- Whoever gave it up saw a letter that was no longer dead.
    local fields = { batch = batch, turn = turn, discarded = record.discarded and '0' or nil }
    move(id, record, 'sending', now, fields, nil, 'batch ' .. string.sub(batch, 1, 8) .. ' said again')
    set_right = set_right + 1
  end
  if record and record.state == 'sending' and record.batch == batch then open = true end
end
write_counts()

if open then
  redis.call('HSET', key, 'ids', joined_by_those_told(ids or ''))
  if not ids then
    redis.call('HSET', key, 'channel', channel, 'campaign', campaign, 'claimed_at', now,
      'until', now + longest_ms, 'trial', trial == '1' and 1 or 0, 'said_again', 1)
    redis.call('ZADD', K.leases, now + lease_ms, batch)
  end
  local is_whole = not ids or left and not leaving
  if departed > tonumber(ended or '0') then
    depart_with(batch, math.max(departed, tonumber(left or '0')),
      is_whole and '' or joined_by_those_told(leaving or ''))
  end
end
return { set_right, unknown }
