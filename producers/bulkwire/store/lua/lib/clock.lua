-- The server's clock, in milliseconds. Durations come from Python, points in time from here.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
