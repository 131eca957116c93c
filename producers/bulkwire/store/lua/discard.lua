-- An operator gives dead letters up: they stay dead with their reason, and leave the listing for
-- good. News that one was delivered still counts.
--
-- KEYS  1 counts
-- ARGV  two for each message: 1 id  2 turn
-- answer  for each: 'discarded', also where it was before, or why not: unknown|not_dead
-- @include clock record ready move

local now = now_ms()
local records = load_records(1, 2, core_fields_and('discarded'))
read_first()

local answer = {}
for i = 1, #ARGV, 2 do
  local id, record = ARGV[i], records[ARGV[i]]
  local word = 'discarded'
  if not record then
    word = 'unknown'
  elseif record.state ~= 'dead' or tonumber(record.turn or '0') ~= tonumber(ARGV[i + 1]) then
    word = 'not_dead'
  elseif record.discarded ~= '1' then
    record.discarded = '1'
    record.history = add_event(record.history, now, 'discarded', 'given up by an operator')
    redis.call('HSET', K.message(id), 'discarded', '1', 'history', record.history)
    redis.call('ZREM', K.dead, id)
  end
  answer[#answer + 1] = word
end
return answer
