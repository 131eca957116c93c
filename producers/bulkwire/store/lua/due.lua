-- Moves what is due to its ready list, or to the dead letters where its validity is over.
--
-- KEYS  1 counts
-- ARGV  1 priorities in the order to serve, comma-separated
-- answer  {moved, 1 if more is due, ms until the next is due or -1}
-- @include clock record ready move

local EXAMINE = 250
local FIELDS = core_fields_and('expires_at')
local now = now_ms()
local found, more = {}, 0

for priority in string.gmatch(ARGV[1], '[^,]+') do
  local room = EXAMINE - #found
  local ids = redis.call('ZRANGEBYSCORE', K.due(priority), '-inf', now, 'LIMIT', 0, room + 1)
  for i = 1, math.min(#ids, room) do
    local record = load_record(ids[i], FIELDS)
    found[#found + 1] = { ids[i], record, priority }
    if record then will_move(record) end
  end
  if #ids > room then more = 1 end
end
read_first()

local moved = 0
for _, entry in ipairs(found) do
  local id, record, priority = unpack(entry)
  if not record or record.state ~= 'scheduled' then
    redis.call('ZREM', K.due(priority), id)
  elseif record.expires_at and tonumber(record.expires_at) <= now then
    move(id, record, 'dead', now, { reason = 'validity_over', category = 'expired' })
  else
    move(id, record, 'queued', now, { reason = 'due' })
    moved = moved + 1
  end
end
write_counts()

local wait = -1
for priority in string.gmatch(ARGV[1], '[^,]+') do
  local score = redis.call('ZRANGE', K.due(priority), 0, 0, 'WITHSCORES')[2]
  if score and (wait < 0 or score - now < wait) then wait = math.max(0, score - now) end
end
return { moved, more, math.ceil(wait) }
