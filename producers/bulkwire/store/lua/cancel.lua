-- Cancels one message that has not been taken by a worker yet.
--
-- KEYS  1 counts
-- ARGV  1 id
-- answer  the state afterwards ('cancelled' where it could be), '' for an unknown id
-- @include clock record ready move

local record = load_record(ARGV[1])
if not record then return '' end
if record.state == 'queued' or record.state == 'scheduled' then
  will_move(record)
  read_first()
  move(ARGV[1], record, 'cancelled', now_ms(), { reason = 'cancelled' })
  write_counts()
end
return record.state
