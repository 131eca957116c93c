-- What is wrong with where a message stands, seen from its record: the index of its state has to
-- name it, and while it is being sent, its batch. Ready lists are long and judged elsewhere.

local ids_of_batch = {} -- read once a script; false where there is no such batch

local function names(batch, id)
  if ids_of_batch[batch] == nil then
    ids_of_batch[batch] = ask('HGET', K.batch(batch), 'ids')
  end
  local ids = ids_of_batch[batch]
  return ids and string.find(',' .. ids .. ',', ',' .. id .. ',', 1, true) ~= nil
end

-- Needs a record that is not broken, with its field `discarded`. Answers nil where nothing is wrong.
local function misplaced(id, record)
  local state = record.state
  if state == 'scheduled' then
    if not ask('ZSCORE', K.due(record.priority), id) then
      return 'scheduled, but has no due time'
    end
  elseif state == 'accepted' then
    if not ask('ZSCORE', K.poll, id) then return 'accepted, but has no next status check' end
  elseif state == 'in_doubt' then
    if not ask('ZSCORE', K.in_doubt, id) then return 'in doubt, but not listed' end
  elseif state == 'dead' then
    if record.discarded ~= '1' and not ask('ZSCORE', K.dead, id) then
      return 'dead, but not listed'
    end
  elseif state == 'sending' then
    if not names(record.batch or '', id) then return 'sending, but in no batch' end
    if not ask('ZSCORE', K.leases, record.batch) then return 'sending, but under no lease' end
  end
  return nil
end
