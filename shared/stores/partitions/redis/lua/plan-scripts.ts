import { luaScript } from '../../../redis/lua-script.ts';
import { EPOCH_LUA, NAMESPACE_LUA, TIME_LUA } from './namespace-lua.ts';
import { RANGES_LUA } from './ranges-lua.ts';
import { ROWS_LUA } from './rows-lua.ts';

/** Each partition is one word: the rest of its row. */
const NEW_LUA = `
local last_partition = tonumber(call('HGET', STATE, 'last_partition'))
local made = {}

local function make(id, at)
  if tonumber(id) > last_partition then last_partition = tonumber(id) end
  -- When it was made is the last field.
  local rest = ARGV[at] .. '\\n' .. NOW
  local row = { nil, nil, nil, nil, nil, id, 'p', NOBODY, '0', '1', '0', NOW, rest }
  rows[id] = row
  made[#made + 1] = id
  touch(row)
end

local function make_next(at)
  make(format(PADDED, last_partition + 1), at)
end

-- What lies across other partitions makes it hard to take one of them away again.
local function commit_new()
  if #made == 0 then return end
  commit()
  call('HSET', STATE, 'last_partition', format('%.0f', last_partition))
  join_ids(MADE_IDS, made)
  local spans = {}
  for nth, id in ipairs(made) do spans[nth] = span_of(rows[id]) end
  local runs, is_across = runs_of(spans)
  for _, run in ipairs(runs) do
    is_across = is_across or has_of(MADE_SPANS, run[1], run[2])
    join(MADE_SPANS, run[1], run[2])
  end
  if is_across then call('HSET', STATE, 'is_across', 1) end
end
`;

/**
 * ARGV: the epoch; what is planned up to, before and after; whether the mark changes, and to what;
 * the partitions.
 */
export const PLAN = luaScript(
  ...[NAMESPACE_LUA, EPOCH_LUA, TIME_LUA, ROWS_LUA, RANGES_LUA, NEW_LUA],
  `
local planned_to = call('HGET', STATE, 'planned_to')
if planned_to ~= ARGV[3] then return redis.error_reply('STALE_PLAN ' .. planned_to) end
for at = 7, #ARGV do make_next(at) end
commit_new()
call('HSET', STATE, 'planned_to', ARGV[4])
if ARGV[5] == '1' then call('HSET', STATE, 'mark', ARGV[6]) end
`,
);

/** ARGV: the epoch, the partitions. Gives the IDs of those that were made. */
export const FILL = luaScript(
  ...[NAMESPACE_LUA, EPOCH_LUA, TIME_LUA, ROWS_LUA, RANGES_LUA, NEW_LUA],
  `
-- Those of this request are not written yet.
local function is_made(from, to)
  for _, id in ipairs(made) do
    local span = span_of(rows[id])
    if sub(span, 1, 20) < to and sub(span, 22) > from then return true end
  end
  return false
end

for at = 3, #ARGV do
  local from, to = sub(ARGV[at], 1, 20), sub(ARGV[at], 22, SPAN_END)
  if not (has_of(MADE_SPANS, from, to) or is_made(from, to)) then make_next(at) end
end
commit_new()
return made
`,
);

/**
 * ARGV: how many IDs, the IDs, and for each its partition. Gives the rows of those that are not
 * completed.
 */
export const CREATE = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA, ROWS_LUA, RANGES_LUA, NEW_LUA],
  `
local count = tonumber(ARGV[2])
local ids = {}
for nth = 1, count do ids[nth] = ARGV[nth + 2] end
local function place_of(nth) return count + 2 + nth end
load(ids)
for nth, id in ipairs(ids) do
  local row = rows[id]
  if row and span_of(row) ~= sub(ARGV[place_of(nth)], 1, SPAN_END) then
    return redis.error_reply('OTHER ' .. nth .. ' ' .. span_of(row))
  end
end
for nth, id in ipairs(ids) do
  if not rows[id] and not is_completed(id) then make(id, place_of(nth)) end
end
commit_new()
return concat(texts_of(ids), '\\n')
`,
);

/**
 * Takes back what leases have run out on, and requeues what is due.
 * ARGV: the epoch, the leader's time, how many attempts there are, the limit.
 */
export const TEND = luaScript(
  ...[NAMESPACE_LUA, EPOCH_LUA, TIME_LUA, ROWS_LUA],
  `
local attempts_max, limit = tonumber(ARGV[4]), tonumber(ARGV[5])
local late, due = expired(limit), {}
if limit > 0 then due = call('ZRANGEBYSCORE', DUE, '-inf', ARGV[3], 'LIMIT', 0, limit) end
load(late)
load(due)
local freed, buried = {}, {}
for _, id in ipairs(late) do
  local row = rows[id]
  if is_last_attempt(row, attempts_max) then
    is_lost(row)
    row[STATUS], row[WORKER] = 'd', NOBODY
    change(row)
    buried[#buried + 1] = id
  else
    expire(row)
    freed[#freed + 1] = id
  end
end
for _, id in ipairs(due) do
  local row = rows[id]
  row[STATUS], rest_of(row)[NEXT_RUN] = 'p', '0'
  change(row)
end
commit()
return { freed, buried, due }
`,
);
