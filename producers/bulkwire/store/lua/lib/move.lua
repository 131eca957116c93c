-- The only place that changes a message's state. Counts, indexes and history move with it.

local HISTORY_BYTES = 400 -- about a dozen events
local DROPS_PAYLOAD = { delivered = true, read = true, emulated = true }

-- Count changes are gathered and written once a script: a batch of 100 costs a few HINCRBYs.
local count_changes = {} -- by campaign, '' for none

local function count_move(from, to, campaign)
  campaign = campaign or ''
  local changes = count_changes[campaign] or {}
  count_changes[campaign] = changes
  from = from or 'total'
  changes[from] = (changes[from] or 0) + (from == 'total' and 1 or -1)
  changes[to] = (changes[to] or 0) + 1
end

local function write_counts()
  for campaign, changes in pairs(count_changes) do
    for state, by in pairs(changes) do
      if by ~= 0 then
        redis.call('HINCRBY', K.counts, state, by)
        if campaign ~= '' then redis.call('HINCRBY', K.campaign(campaign), 'count:' .. state, by) end
      end
    end
  end
  count_changes = {}
end

-- One event is `ms state reason`. The first, how it came in, is always kept; of the rest the last.
local function add_event(history, now, word, reason)
  local event = string.format('%.0f %s %s', now, word, reason or '')
  if not history then return event end
  if #history > HISTORY_BYTES then
    history = string.gsub(history, '^([^\n]*)\n[^\n]*', '%1', 1)
  end
  return history .. '\n' .. event
end

local function leave_index(id, record)
  local from = record.state
  if from == 'scheduled' then redis.call('ZREM', K.due(record.priority), id)
  elseif from == 'accepted' then redis.call('ZREM', K.poll, id)
  elseif from == 'dead' then redis.call('ZREM', K.dead, id)
  elseif from == 'in_doubt' then redis.call('ZREM', K.in_doubt, id) end
end

-- What the last state gave as its reason goes, where the new one says nothing about it.
local function clear_reason(key, record, fields)
  local stale = {}
  for _, name in ipairs({ 'reason', 'category', 'code' }) do
    if not fields[name] then
      stale[#stale + 1] = name
      record[name] = false
    end
  end
  if #stale > 0 then redis.call('HDEL', key, unpack(stale)) end
end

-- Moves `id` to state `to`. `fields` are more record fields to set, `fields.reason` among them.
-- `at` is where the index needs it: the due time of `scheduled`, the next check of `accepted`;
-- 'front' puts a `queued` one first in its list. `event` is what the history says where it isn't
-- the reason.
local function move(id, record, to, now, fields, at, event)
  fields = fields or {}
  local key, had_reason = K.message(id), record.reason
  leave_index(id, record)
  count_move(record.state, to, record.campaign)
  record.history = add_event(record.history, now, to, event or fields.reason)
  local write = { 'state', to, 'changed_at', now, 'history', record.history }
  local function set(name, value) write[#write + 1] = name; write[#write + 1] = value end
  for name, value in pairs(fields) do set(name, value); record[name] = value end
  if to == 'queued' then
    record.turn = (tonumber(record.turn) or 0) + 1
    set('turn', record.turn)
    set('queued_at', now)
    push_ready(id, record, at == 'front')
  elseif to == 'scheduled' then
    set('due_at', at)
    redis.call('ZADD', K.due(record.priority), at, id)
  elseif to == 'accepted' then redis.call('ZADD', K.poll, at, id)
  elseif to == 'dead' then redis.call('ZADD', K.dead, now, id)
  elseif to == 'in_doubt' then redis.call('ZADD', K.in_doubt, now, id) end
  redis.call('HSET', key, unpack(write))
  if DROPS_PAYLOAD[to] then redis.call('HDEL', key, 'payload') end
  if had_reason then clear_reason(key, record, fields) end
  record.state = to
end

-- A line of history that moves nothing, written once however often it is told.
local function note(id, record, now, word, reason)
  local needle = word .. ' ' .. (reason or '')
  if string.find(record.history or '', needle, 1, true) then return end
  record.history = add_event(record.history, now, word, reason)
  redis.call('HSET', K.message(id), 'history', record.history)
end
