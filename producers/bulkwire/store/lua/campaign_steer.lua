-- Pauses a campaign or resumes it.
--
-- KEYS  1 counts
-- ARGV  1 name  2 version, as it was seen  3 pause|resume  4 why  5 by whom
-- answer  {state afterwards, '' where there is no such campaign; 1 if this command, or an earlier
--         run of it, made it so}
-- @include clock record ready campaigns

local name, seen, wanted = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local becomes = wanted == 'pause' and 'paused' or 'running'
local comes_from = wanted == 'pause' and 'running' or 'paused'
local now = now_ms()
will_steer(name)
read_first()
local state, version = unpack(redis.call('HMGET', K.campaign(name), 'state', 'version'))
if not state then return { '', 0 } end
version = tonumber(version) or 0
if version ~= seen or state ~= comes_from then
  return { state, version == seen + 1 and state == becomes and 1 or 0 }
end
if wanted == 'pause' then pause_campaign(name, ARGV[4], ARGV[5], now)
else resume_campaign(name, now) end
return { becomes, 1 }
