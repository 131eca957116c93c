-- A message that may have left without an answer: in doubt, unless it said beforehand that it
-- would rather be sent twice than not at all; then once more by itself, and never again.
-- `request`: which request of its batch it was, from 1.
local function fall_in_doubt(id, record, now, reason, request)
  move(id, record, 'in_doubt', now, { reason = reason, request = request or nil })
  if record.on_doubt == 'resend' and record.resent ~= '1' then
    move(id, record, 'queued', now, { reason = 'resent once as its sender asked', resent = '1' })
  end
end

-- Surely not sent, so it goes back: unless its campaign was cancelled meanwhile.
local function return_unsent(id, record, now, fields, delay_ms, to_the_end)
  local campaign = record.campaign
  local state = campaign and campaign ~= '' and redis.call('HGET', K.campaign(campaign), 'state')
  if state == 'cancelled' then
    move(id, record, 'cancelled', now, { reason = 'campaign cancelled' })
  elseif delay_ms > 0 then
    move(id, record, 'scheduled', now, fields, now + delay_ms)
  else
    move(id, record, 'queued', now, fields, not to_the_end and 'front' or nil)
  end
end
