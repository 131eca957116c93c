-- Cancels one message that has not been taken by a worker yet, if it still stands where it was seen.
--
-- KEYS  1 counts
-- ARGV  1 id  2 state  3 turn, as they were seen
-- answer  {state, turn} afterwards, {} for an unknown id
-- @include clock record ready move

local record = load_record(ARGV[1])
if not record then return {} end
local waits = record.state == 'queued' or record.state == 'scheduled'
local turn = tonumber(record.turn) or 0
if waits and record.state == ARGV[2] and turn == tonumber(ARGV[3]) then
  will_move(record)
  read_first()
  move(ARGV[1], record, 'cancelled', now_ms(), { reason = 'cancelled' })
  write_counts()
end
return { record.state, turn }
