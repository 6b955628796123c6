import { luaScript } from '../../../redis/lua-script.ts';
import { NAMESPACE_LUA, TIME_LUA } from './namespace-lua.ts';
import { RANGES_LUA } from './ranges-lua.ts';
import { ROWS_LUA } from './rows-lua.ts';

/**
 * ARGV: the worker, the limit, ms of the lease, whether it preempts, how many attempts there are,
 * whether it returns. Gives the rows.
 */
export const CLAIM = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA, ROWS_LUA],
  `
local WORKER_ID, LIMIT, LEASE_MS = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local IS_PREEMPTING, ATTEMPTS_LIMIT, IS_RETURNING = ARGV[5] == '1', tonumber(ARGV[6]), ARGV[7] == '1'
local paused, last_token = unpack(call('HMGET', STATE, 'paused', 'last_token'))
if paused == '1' then return '' end

local token, lease_until = tonumber(last_token), digits(now + LEASE_MS)

local function next_token()
  token = token + 1
  return integer(token)
end

local function preempt(row)
  is_lost(row)
  row[STATUS], row[WORKER], row[TOKEN] = 'c', WORKER_ID, next_token()
  row[HEARTBEAT] = NOW
  row[LEASE] = lease_until
  change(row)
end

local function take_back()
  local ids, claimed = held_by(WORKER_ID), {}
  load(ids)
  for _, id in ipairs(ids) do
    local row = rows[id]
    if not is_last_attempt(row, ATTEMPTS_LIMIT) then
      if #claimed < LIMIT then
        preempt(row)
        claimed[#claimed + 1] = id
      else
        expire(row)
      end
    end
  end
  return claimed
end

-- Most claims are of pending ones alone, and most scripts are claims: so their rows are not taken
-- apart, but for the version. Gives them as they are now, and what writes them.
local PENDING = '^p\\n[^\\n]*\\n[^\\n]*\\n([^\\n]*)\\n[^\\n]*\\n[^\\n]*\\n()'
local function take_ready(limit)
  local ids = limit > 0 and call('ZRANGE', READY, 0, limit - 1) or {}
  if #ids == 0 then return ids, function() end end
  local texts, set, leases = call('HMGET', ROWS, unpack(ids)), {}, {}
  local holder, times = '\\nc\\n' .. WORKER_ID .. '\\n', '\\n' .. NOW .. '\\n' .. NOW .. '\\n'
  for nth, id in ipairs(ids) do
    local was = texts[nth]
    local version, rest_at = match(was, PENDING, AFTER_ID)
    local text = id .. holder .. next_token() .. '\\n' .. integer(version + 1) .. times .. sub(was, rest_at)
    texts[nth] = text
    set[nth * 2 - 1], set[nth * 2] = id, text
    leases[nth * 2 - 1], leases[nth * 2] = lease_until, id
  end
  return texts, function()
    call('ZREMRANGEBYRANK', READY, 0, #ids - 1)
    send('HSET', ROWS, set)
    send('ZADD', LEASES, leases)
    add_counts({ p = -#ids, c = #ids }, { [WORKER_ID] = #ids })
  end
end

local function preempt_expired(limit)
  local ids, claimed = expired(limit), {}
  load(ids)
  for _, id in ipairs(ids) do
    local row = rows[id]
    -- What was taken back a moment ago still lies there with its old lease.
    if not row[IS_TOUCHED] and not is_last_attempt(row, ATTEMPTS_LIMIT) then
      preempt(row)
      claimed[#claimed + 1] = id
    end
  end
  return claimed
end

local taken_back = IS_RETURNING and take_back() or {}
local ready, write_ready = take_ready(LIMIT - #taken_back)
local preempted = IS_PREEMPTING and preempt_expired(LIMIT - #taken_back - #ready) or {}
if #ready + #touched == 0 then return '' end
-- In this order, for what is taken back may get into the queue again.
write_ready()
commit()
call('HSET', STATE, 'last_token', integer(token))
local texts = texts_of(taken_back)
for _, text in ipairs(ready) do texts[#texts + 1] = text end
for _, text in ipairs(texts_of(preempted)) do texts[#texts + 1] = text end
return concat(texts, '\\n')
`,
);

/** ARGV: as CLAIM has them, and IDs: of these and no others. Gives the rows. */
export const CLAIM_CHOSEN = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA, ROWS_LUA],
  `
local WORKER_ID, LIMIT, LEASE_MS = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local IS_PREEMPTING, ATTEMPTS_LIMIT, IS_RETURNING = ARGV[5] == '1', tonumber(ARGV[6]), ARGV[7] == '1'
local paused, last_token = unpack(call('HMGET', STATE, 'paused', 'last_token'))
if paused == '1' then return '' end

local function is_lost_to(row)
  if not IS_HELD[row[STATUS]] or is_last_attempt(row, ATTEMPTS_LIMIT) then return false end
  if IS_RETURNING and row[WORKER] == WORKER_ID then return true end
  return IS_PREEMPTING and tonumber(call('ZSCORE', LEASES, row[ID])) <= now
end

local token, lease_until, claimed = tonumber(last_token), digits(now + LEASE_MS), {}
local ids = { unpack(ARGV, 8) }
load(ids)
for _, id in ipairs(ids) do
  local row = rows[id]
  local is_free = row and row[STATUS] == 'p'
  if row and not row[IS_TOUCHED] and #claimed < LIMIT and (is_free or is_lost_to(row)) then
    if not is_free then is_lost(row) end
    token = token + 1
    row[STATUS], row[WORKER], row[TOKEN] = 'c', WORKER_ID, integer(token)
    row[HEARTBEAT], row[LEASE] = NOW, lease_until
    change(row)
    claimed[#claimed + 1] = id
  end
end
if #claimed == 0 then return '' end
commit()
call('HSET', STATE, 'last_token', integer(token))
return concat(texts_of(claimed), '\\n')
`,
);

/**
 * ARGV: for each settlement the ID, the token, the event and what that tells. Gives a digit for each:
 * 1 is done, 0 is fenced.
 */
export const SETTLE = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA, ROWS_LUA, RANGES_LUA],
  `
-- How many words an event tells.
local WORDS = { start = 0, save = 1, complete = 1, fail = 2, bury = 1, release = 1 }
local ids, place = {}, 2
while place <= #ARGV do
  ids[#ids + 1] = ARGV[place]
  place = place + 3 + WORDS[ARGV[place + 2]]
end
if #ids == 0 then return '' end
local texts = call('HMGET', ROWS, unpack(ids))
for nth, id in ipairs(ids) do texts[id] = texts[nth] end
local spans, completed = {}, {}

local function row_of(id)
  if rows[id] == nil then rows[id] = texts[id] and take_apart(id, texts[id]) end
  return rows[id]
end

-- Most that is said is that a partition is completed: its row need not be taken apart for that.
local HELD_ROW = '^([cr])\\n([^\\n]*)\\n([^\\n]*)\\n[^\\n]*\\n[^\\n]*\\n[^\\n]*\\n([^\\n]*)\\n'
local gone, counts, held_counts = {}, {}, {}
local function is_completing(id, said_token)
  local status, worker, token, span = match(texts[id], HELD_ROW, AFTER_ID)
  if token ~= said_token then return false end
  rows[id] = false
  gone[#gone + 1] = id
  spans[#spans + 1] = span
  completed[#completed + 1] = id
  count_in(counts, status, -1)
  count_in(held_counts, worker, -1)
  return true
end

-- The change of a completed one is its removal.
local EVENTS = {
  start = function(row)
    row[STATUS], row[HEARTBEAT] = 'r', NOW
    change(row)
  end,
  save = function(row, checkpoint)
    rest_of(row)[CHECKPOINT], row[HEARTBEAT] = checkpoint, NOW
    change(row)
  end,
  complete = function(row)
    spans[#spans + 1] = span_of(row)
    completed[#completed + 1] = row[ID]
    remove(row)
  end,
  fail = function(row, reason, next_run)
    local rest = rest_of(row)
    rest[ERROR], rest[NEXT_RUN] = reason, next_run
    count_attempt(row)
    row[STATUS], row[WORKER] = 'f', NOBODY
    change(row)
  end,
  bury = bury,
  release = function(row, items)
    local rest = rest_of(row)
    rest[ITEMS] = digits(rest[ITEMS] + items)
    row[STATUS], row[WORKER] = 'p', NOBODY
    change(row)
  end,
}

local function is_done(id, token, event, first, second)
  if event == 'complete' and rows[id] == nil and texts[id] then return is_completing(id, token) end
  local row = row_of(id)
  if not (row and row[TOKEN] == token and IS_HELD[row[STATUS]]) then return false end
  EVENTS[event](row, first, second)
  return true
end

local verdicts, at = {}, 2
while at <= #ARGV do
  local event = ARGV[at + 2]
  local verdict = is_done(ARGV[at], ARGV[at + 1], event, ARGV[at + 3], ARGV[at + 4])
  verdicts[#verdicts + 1] = verdict and '1' or '0'
  at = at + 3 + WORDS[event]
end
send('HDEL', ROWS, gone)
send('ZREM', LEASES, gone)
add_counts(counts, held_counts)
commit()
if #completed > 0 then
  call('HINCRBY', STATE, 'completed', #completed)
  join_spans(DONE_SPANS, spans)
  join_ids(DONE_IDS, completed)
end
return concat(verdicts)
`,
);

/**
 * ARGV: the worker, ms of its presence, ms of the leases, and an ID and a token for each that is
 * held. Gives what is lost, the active workers, those to share out, and whether all is paused.
 */
export const RENEW = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA, ROWS_LUA],
  `
local worker, present_until, lease_until = ARGV[2], digits(now + ARGV[3]), digits(now + ARGV[4])
local ids, lost = {}, {}
for at = 5, #ARGV, 2 do ids[#ids + 1] = ARGV[at] end
load(ids)
for nth, id in ipairs(ids) do
  local row = rows[id]
  if row and row[TOKEN] == ARGV[nth * 2 + 4] and IS_HELD[row[STATUS]] then
    row[HEARTBEAT] = NOW
    row[LEASE] = lease_until
    touch(row)
  else
    lost[#lost + 1] = id
  end
end
commit()
local known = call('HGET', WORKERS, worker)
local since = known and match(known, '^[^:]*') or NOW
call('HSET', WORKERS, worker, since .. ':' .. NOW)
call('ZADD', ALIVE, present_until, worker)
local paused, pending, claimed, running = unpack(call('HMGET', STATE, 'paused', 'p', 'c', 'r'))
return { lost, call('ZCOUNT', ALIVE, '(' .. NOW, '+inf'), pending + claimed + running, paused }
`,
);

/** Gives of each worker: its name, since when, its last sign, whether it is active, what it holds. */
export const LIST_WORKERS = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA],
  `
local known, found = call('HGETALL', WORKERS), {}
for at = 1, #known, 2 do
  local worker = known[at]
  local since, last_seen = match(known[at + 1], '^([^:]*):(.*)$')
  local is_active = tonumber(call('ZSCORE', ALIVE, worker)) > now and 1 or 0
  local held = tonumber(call('HGET', HELD, worker) or 0)
  found[#found + 1] = { worker, since, last_seen, is_active, held }
end
return found
`,
);

/** ARGV: ms of the silence, how many inactive ones there may be. */
export const FORGET_WORKERS = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA],
  `
local silent_ms, inactive_max = tonumber(ARGV[2]), tonumber(ARGV[3])
local inactive = {}
for _, worker in ipairs(call('ZRANGEBYSCORE', ALIVE, '-inf', NOW)) do
  local last_seen = match(call('HGET', WORKERS, worker), ':(.*)$')
  inactive[#inactive + 1] = { worker, tonumber(last_seen) }
end
table.sort(inactive, function(a, b) return a[2] < b[2] end)
for nth, each in ipairs(inactive) do
  if nth <= #inactive - inactive_max or now - each[2] >= silent_ms then
    call('HDEL', WORKERS, each[1])
    call('ZREM', ALIVE, each[1])
  end
end
`,
);

/** ARGV: the worker. */
export const LEAVE = luaScript(
  NAMESPACE_LUA,
  `
call('HDEL', WORKERS, ARGV[2])
call('ZREM', ALIVE, ARGV[2])
`,
);
