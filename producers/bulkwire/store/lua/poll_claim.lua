-- Takes accepted messages whose status check is due, and keeps others from asking meanwhile.
--
-- KEYS  1 counts
-- ARGV  1 most  2 ms until another worker may ask for the same
-- answer  {1 if more are due, ms until the next is due or -1, {id, api_id, ms since accepted or
--         since it may leave the provider, below 0 before that,
--         attempts, channel, last status or ''}, …}
-- @include clock record holds

local most, hold_ms = tonumber(ARGV[1]), tonumber(ARGV[2])
local FIELDS = core_fields_and('accepted_at', 'deliver_at', 'status')
local now = now_ms()
local holds = standing_holds()
if holds['auth'] or holds['operator'] then return { 0, 1000 } end

local ids = redis.call('ZRANGEBYSCORE', K.poll, '-inf', now, 'LIMIT', 0, most + 1)
local answer = { #ids > most and 1 or 0, -1 }
local records = {}
for i = 1, math.min(#ids, most) do
  records[i] = load_record(ids[i], FIELDS) or false
end
for i, record in ipairs(records) do
  local id = ids[i]
  if not record or record.state ~= 'accepted' then
    redis.call('ZREM', K.poll, id)
  else
    redis.call('ZADD', K.poll, 'XX', now + hold_ms, id)
    local since = math.max(tonumber(record.accepted_at), tonumber(record.deliver_at) or 0)
    answer[#answer + 1] = {
      id, record.api_id, now - since, tonumber(record.attempts) or 0,
      record.channel, record.status or '',
    }
  end
end
local score = redis.call('ZRANGE', K.poll, 0, 0, 'WITHSCORES')[2]
if score then answer[2] = math.ceil(math.max(0, tonumber(score) - now)) end
return answer
