/**
 * Partitions that are not completed. A row is its fields, joined by line feeds, which none of them
 * contains: texts are JSON, which Lua never decodes. What changes least stands together at the end
 * and is taken apart only where it is needed, for that is most of what a script takes its time for.
 *
 * A script reads rows, changes them, and writes all that follows from that at its end: few calls
 * however many partitions there are, and nothing is written before everything is read.
 */
export const ROWS_LUA = `
-- What is not written: its status and its holder when it was read, the end of a new lease, whether
-- it is changed already, and how it is written. All of a row stands in one table of its size: one
-- that grows costs more than all else here.
local STATUS_WAS, WORKER_WAS, LEASE, IS_TOUCHED, TEXT = 1, 2, 3, 4, 5
local ID, STATUS, WORKER, TOKEN, VERSION, HEARTBEAT, UPDATED, REST = 6, 7, 8, 9, 10, 11, 12, 13
local ROW = '^' .. string.rep('([^\\n]*)\\n', 6) .. '(.*)$'
local SPAN, ATTEMPTS, PRIORITY, NEXT_RUN, ITEMS, ERROR, CHECKPOINT, OPTIONS = 1, 2, 3, 4, 5, 6, 7, 8
local FIELDS_OF_REST = '^' .. string.rep('([^\\n]*)\\n', 8) .. '(.*)$'
-- Where the ID ends in a row, and the span in the rest.
local AFTER_ID, SPAN_END = 18, 41
local IS_HELD = { c = true, r = true }
local IS_OVER = { f = true, d = true }
local NOBODY = '""'
-- Lua passes no more than some 8,000 arguments to a call.
local ARGUMENTS_MAX = 4000

-- By ID; false: it is not there, or not any more.
local rows = {}
local touched = {}

local function take_apart(id, text)
  local row = { nil, nil, nil, nil, nil, id, match(text, ROW, AFTER_ID) }
  row[STATUS_WAS], row[WORKER_WAS] = row[STATUS], row[WORKER]
  return row
end

local function load(ids)
  for from = 1, #ids, ARGUMENTS_MAX do
    local to = math.min(from + ARGUMENTS_MAX - 1, #ids)
    local texts = call('HMGET', ROWS, unpack(ids, from, to))
    for nth = 1, #texts do
      local id, text = ids[from + nth - 1], texts[nth]
      if rows[id] == nil then rows[id] = text and take_apart(id, text) end
    end
  end
end

local function rest_of(row)
  if not row.rest then row.rest = { match(row[REST], FIELDS_OF_REST) } end
  return row.rest
end

local function span_of(row) return sub(row[REST], 1, SPAN_END) end

local function text_of(row)
  if row.rest then row[REST] = concat(row.rest, '\\n') end
  return concat(row, '\\n', ID)
end

local function texts_of(ids)
  local texts = {}
  for _, id in ipairs(ids) do
    local row = rows[id]
    if row then texts[#texts + 1] = row[TEXT] or text_of(row) end
  end
  return texts
end

local function touch(row)
  if row[IS_TOUCHED] then return end
  row[IS_TOUCHED] = true
  touched[#touched + 1] = row
end

local function change(row)
  row[VERSION] = row[VERSION] + 1
  row[UPDATED] = NOW
  touch(row)
end

local function remove(row)
  rows[row[ID]] = false
  row[STATUS] = nil
  touch(row)
end

local function is_last_attempt(row, attempts_max) return rest_of(row)[ATTEMPTS] + 1 >= attempts_max end

local function count_attempt(row)
  local rest = rest_of(row)
  rest[ATTEMPTS] = rest[ATTEMPTS] + 1
end

-- What is said of a partition whose holder gave no sign of life any more.
local function is_lost(row)
  count_attempt(row)
  rest_of(row)[ERROR] = '"the lease of ' .. sub(row[WORKER], 2, -2) .. ' ran out"'
end

local function expire(row)
  is_lost(row)
  row[STATUS], row[WORKER] = 'p', NOBODY
  change(row)
end

local function bury(row, reason)
  if IS_HELD[row[STATUS]] then count_attempt(row) end
  rest_of(row)[ERROR] = reason
  row[STATUS], row[WORKER] = 'd', NOBODY
  change(row)
end

-- IDs of what a worker holds, in their order. How many that are is counted; which ones is asked so
-- seldom that all that is held is looked at, which is no more than the workers have room for.
local function held_by(worker)
  if not call('HGET', HELD, worker) then return {} end
  local ids, held = call('ZRANGE', LEASES, 0, -1), {}
  load(ids)
  for _, id in ipairs(ids) do
    if rows[id][WORKER] == worker then held[#held + 1] = id end
  end
  table.sort(held)
  return held
end

local function expired(limit)
  if limit <= 0 then return {} end
  return call('ZRANGEBYSCORE', LEASES, '-inf', NOW, 'LIMIT', 0, limit)
end

local function send(command, key, words)
  for from = 1, #words, ARGUMENTS_MAX do
    call(command, key, unpack(words, from, math.min(from + ARGUMENTS_MAX - 1, #words)))
  end
end

local function add(list, first, second)
  local size = #list
  list[size + 1], list[size + 2] = first, second
end

local function count_in(counts, of, by) counts[of] = (counts[of] or 0) + by end

local function add_counts(counts, held_counts)
  for status, by in pairs(counts) do
    if by ~= 0 then call('HINCRBY', STATE, status, by) end
  end
  for worker, by in pairs(held_counts) do
    if by ~= 0 and call('HINCRBY', HELD, worker, by) == 0 then call('HDEL', HELD, worker) end
  end
end

local function commit()
  if #touched == 0 then return end
  local counts, held_counts = {}, {}
  local set, drop, enqueue, dequeue, leases, let_go = {}, {}, {}, {}, {}, {}
  local due, undue, over, not_over = {}, {}, {}, {}
  for _, row in ipairs(touched) do
    local id, before, after = row[ID], row[STATUS_WAS], row[STATUS]
    if after then
      row[TEXT] = text_of(row)
      add(set, id, row[TEXT])
    else
      drop[#drop + 1] = id
    end
    if row[LEASE] then add(leases, row[LEASE], id) end
    if IS_HELD[before] then
      count_in(held_counts, row[WORKER_WAS], -1)
      if not IS_HELD[after] then let_go[#let_go + 1] = id end
    elseif before == 'p' and after ~= 'p' then
      dequeue[#dequeue + 1] = id
    elseif before == 'f' and after ~= 'f' then
      undue[#undue + 1] = id
    end
    if IS_HELD[after] then
      count_in(held_counts, row[WORKER], 1)
    elseif after == 'p' and (before ~= 'p' or row.is_moved) then
      add(enqueue, digits(-rest_of(row)[PRIORITY]), id)
    elseif after == 'f' then
      add(due, rest_of(row)[NEXT_RUN], id)
    end
    if IS_OVER[after] ~= IS_OVER[before] then
      if IS_OVER[after] then add(over, id, id) else not_over[#not_over + 1] = id end
    end
    if before ~= after then
      if before then count_in(counts, before, -1) end
      if after then count_in(counts, after, 1) end
    end
  end
  -- This first: a server whose memory is used up refuses a script only before its first write, and
  -- what makes room should not be refused.
  send('HDEL', ROWS, drop)
  send('HSET', ROWS, set)
  send('ZADD', READY, enqueue)
  send('ZREM', READY, dequeue)
  send('ZADD', LEASES, leases)
  send('ZREM', LEASES, let_go)
  send('ZADD', DUE, due)
  send('ZREM', DUE, undue)
  send('ZADD', OVER, over)
  send('ZREM', OVER, not_over)
  add_counts(counts, held_counts)
end
`;
