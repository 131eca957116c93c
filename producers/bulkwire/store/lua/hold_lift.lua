-- Lifts a hold, or lets a single message try it.
--
-- KEYS  1 counts
-- ARGV  1 field: reason or reason:channel  2 since ms, as it was seen
--       3 lift|redrive|try: redrive lifts it and has what died of it sent again
-- answer  {1} done or not standing any more  {0} another hold stands there by now
-- @include clock record holds

local standing = redis.call('HGET', K.holds, ARGV[1])
if not standing then return { 1 } end
local hold = cjson.decode(standing)
if hold.since ~= tonumber(ARGV[2]) then return { 0 } end
local now = now_ms()
if ARGV[3] ~= 'try' then
  will_write(K.redrives)
  will_write(K.health)
  read_first()
  if ARGV[3] == 'redrive' then hold.redrive = true end
  lift(ARGV[1], hold, now)
elseif not hold.probe_at then
  hold.probe_at = now
  save_hold(ARGV[1], hold)
end
return { 1 }
