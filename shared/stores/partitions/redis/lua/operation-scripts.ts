import { luaScript } from '../../../redis/lua-script.ts';
import { NAMESPACE_LUA, TIME_LUA } from './namespace-lua.ts';
import { RANGES_LUA } from './ranges-lua.ts';
import { ROWS_LUA } from './rows-lua.ts';

const BEGINNING = [NAMESPACE_LUA, TIME_LUA, ROWS_LUA];

/**
 * ARGV: the ID, the expected version (empty: any), whether there are options, the options, whether
 * there is a priority, the priority. Gives the row.
 */
export const EDIT = luaScript(
  ...BEGINNING,
  `
local id, expected = ARGV[2], ARGV[3]
load({ id })
local row = rows[id]
if not row then return redis.error_reply('UNKNOWN partition') end
if expected ~= '' and expected ~= row[VERSION] then
  return redis.error_reply('VERSION ' .. row[VERSION])
end
if ARGV[4] == '1' then rest_of(row)[OPTIONS] = ARGV[5] end
if ARGV[6] == '1' then rest_of(row)[PRIORITY], row.is_moved = ARGV[7], true end
change(row)
commit()
return text_of(row)
`,
);

/** ARGV: the reason, the IDs, in their order. Gives those that are dead now. */
export const CANCEL = luaScript(
  ...BEGINNING,
  `
local ids, cancelled = { unpack(ARGV, 3) }, {}
load(ids)
for _, id in ipairs(ids) do
  local row = rows[id]
  if row and row[STATUS] ~= 'd' then
    bury(row, ARGV[2])
    cancelled[#cancelled + 1] = id
  end
end
commit()
return cancelled
`,
);

/** ARGV: the IDs, in their order. Gives those that were there. */
export const REMOVE = luaScript(
  ...[...BEGINNING, RANGES_LUA],
  `
local ids, gone, spans = { unpack(ARGV, 2) }, {}, {}
load(ids)
for _, id in ipairs(ids) do
  local row = rows[id]
  if row then
    spans[#spans + 1] = span_of(row)
    gone[#gone + 1] = id
    remove(row)
  end
end
commit()
for nth, id in ipairs(gone) do
  cut(MADE_IDS, id, id_behind(id))
  cut(MADE_SPANS, sub(spans[nth], 1, 20), sub(spans[nth], 22))
end

-- What others have of the same ranges is still theirs. Which ones that are no index tells: such
-- partitions are no plan's work, so all there are may be looked at.
if #gone > 0 and call('HGET', STATE, 'is_across') == '1' then
  local left = open_ids(string.rep('0', 16), math.huge)
  load(left)
  spans = call('ZRANGE', DONE_SPANS, 0, -1)
  for _, id in ipairs(left) do spans[#spans + 1] = span_of(rows[id]) end
  join_spans(MADE_SPANS, spans)
end
return gone
`,
);

/** Changes rows and does not commit. `ids` are texts with commas between them; empty: all. */
const RETRY_LUA = `
local function is_stale(id)
  local lease_until = call('ZSCORE', LEASES, id)
  return lease_until and tonumber(lease_until) <= now
end

local function try_again(id, is_forced)
  local row = rows[id]
  if IS_HELD[row[STATUS]] then
    if not (is_forced and is_stale(id)) then return false end
    expire(row)
    return true
  end
  if not IS_OVER[row[STATUS]] then return false end
  local rest = rest_of(row)
  row[STATUS], rest[ATTEMPTS], rest[NEXT_RUN] = 'p', '0', '0'
  change(row)
  return true
end

local function those_asked(ids)
  local asked, is_known = {}, {}
  for id in string.gmatch(ids, '[^,]+') do
    if not is_known[id] then
      is_known[id] = true
      asked[#asked + 1] = id
    end
  end
  table.sort(asked)
  return asked
end

local function all_there_are(is_forced, limit)
  local over = call('ZRANGE', OVER, 0, limit - 1)
  if not is_forced then return over end
  for _, id in ipairs(expired(limit - #over)) do over[#over + 1] = id end
  return over
end

local function retry(ids, is_forced, limit)
  local again, skipped = {}, {}
  local asked = {}
  if ids ~= 'all' then
    asked = those_asked(ids)
  elseif limit > 0 then
    asked = all_there_are(is_forced, limit)
  end
  load(asked)
  for _, id in ipairs(asked) do
    if rows[id] then
      local is_again = #again < limit and try_again(id, is_forced)
      local list = is_again and again or skipped
      list[#list + 1] = id
    end
  end
  return again, skipped
end
`;

/** ARGV: the IDs, whether by force, the limit. Gives those that are pending, and the others. */
export const RETRY = luaScript(
  ...[...BEGINNING, RETRY_LUA],
  `
local again, skipped = retry(ARGV[2], ARGV[3] == '1', tonumber(ARGV[4]))
commit()
return { concat(again, ','), concat(skipped, ',') }
`,
);

/**
 * Keeps a command to be done, as lines: when it came, what RETRY takes, and then when it was done
 * and what RETRY gave. They are done in the order in which they came, for which they are counted.
 * ARGV: its ID, the IDs, whether by force, the limit. Gives it as it is kept.
 */
export const SUBMIT = luaScript(
  ...[NAMESPACE_LUA, TIME_LUA],
  `
local id = ARGV[2]
local kept = call('HGET', COMMANDS, id)
if not kept then
  kept = concat({ NOW, ARGV[3], ARGV[4], ARGV[5] }, '\\n')
  call('HSET', COMMANDS, id, kept)
  call('ZADD', COMMANDS_TO_DO, call('HINCRBY', STATE, 'last_command', 1), id)
end
return kept
`,
);

/** ARGV: its ID. Gives it as it is kept then, or nothing. */
export const EXECUTE = luaScript(
  ...[...BEGINNING, RETRY_LUA],
  `
local id = ARGV[2]
local kept = call('HGET', COMMANDS, id)
if not kept or not call('ZSCORE', COMMANDS_TO_DO, id) then return kept end
local ids, is_forced, limit = match(kept, '^[^\\n]*\\n([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)$')
local again, skipped = retry(ids, is_forced == '1', tonumber(limit))
commit()
kept = concat({ kept, NOW, concat(again, ','), concat(skipped, ',') }, '\\n')
call('HSET', COMMANDS, id, kept)
call('ZREM', COMMANDS_TO_DO, id)
call('ZADD', COMMANDS_DONE, NOW, id)
return kept
`,
);

/** ARGV: its ID. */
export const COMMAND = luaScript(NAMESPACE_LUA, `return call('HGET', COMMANDS, ARGV[2])`);

/** ARGV: the limit. Gives IDs and what is kept, in turn. */
export const PENDING_COMMANDS = luaScript(
  NAMESPACE_LUA,
  `
local found = {}
for _, id in ipairs(call('ZRANGE', COMMANDS_TO_DO, 0, ARGV[2] - 1)) do
  found[#found + 1] = id
  found[#found + 1] = call('HGET', COMMANDS, id)
end
return found
`,
);

/** ARGV: before when, the limit. Gives how many were forgotten. */
export const FORGET_COMMANDS = luaScript(
  NAMESPACE_LUA,
  `
local ids = call('ZRANGEBYSCORE', COMMANDS_DONE, '-inf', '(' .. ARGV[2], 'LIMIT', 0, ARGV[3])
if #ids == 0 then return 0 end
call('HDEL', COMMANDS, unpack(ids))
call('ZREM', COMMANDS_DONE, unpack(ids))
return #ids
`,
);
