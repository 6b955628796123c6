import { luaScript } from '../../../redis/lua-script.ts';
import { NAMESPACE_LUA } from './namespace-lua.ts';
import { RANGES_LUA } from './ranges-lua.ts';
import { ROWS_LUA } from './rows-lua.ts';

/** ARGV: IDs. Gives the rows of those that are there. */
export const GET = luaScript(
  ...[NAMESPACE_LUA, ROWS_LUA],
  `
local ids = { unpack(ARGV, 2) }
load(ids)
return concat(texts_of(ids), '\\n')
`,
);

/**
 * ARGV: where to look ("all", "over", "held"), behind which ID, letters of the statuses (empty: any),
 * the worker (empty: any), the limit, how many to look at. Gives the rows, and the last ID that was
 * looked at; empty: there are no more.
 */
export const LIST = luaScript(
  ...[NAMESPACE_LUA, ROWS_LUA, RANGES_LUA],
  `
local place, after, statuses, worker = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local limit, scanned = tonumber(ARGV[6]), tonumber(ARGV[7])
local ids
if place == 'held' then
  ids = {}
  for _, id in ipairs(held_by(worker)) do
    if id > after and #ids < scanned then ids[#ids + 1] = id end
  end
elseif place == 'over' then
  ids = call('ZRANGEBYSCORE', OVER, '(' .. after, '+inf', 'LIMIT', 0, scanned)
else
  ids = open_ids(after, scanned)
end
load(ids)
local found = {}
for _, id in ipairs(ids) do
  local row = rows[id]
  local is_asked = row and (statuses == '' or string.find(statuses, row[STATUS], 1, true))
    and (worker == '' or worker == row[WORKER])
  if is_asked and #found < limit then found[#found + 1] = id end
end
return { concat(texts_of(found), '\\n'), #ids == scanned and ids[#ids] or '' }
`,
);

/** ARGV: an ID. */
export const IS_COMPLETED = luaScript(
  ...[NAMESPACE_LUA, RANGES_LUA],
  `return is_completed(ARGV[2]) and '1' or '0'`,
);

/** ARGV: from, to, the limit. Gives ranges that have something of it, as they are kept. */
export const COMPLETED_RANGES = luaScript(
  ...[NAMESPACE_LUA, RANGES_LUA],
  `
local from, to, limit = ARGV[2], ARGV[3], ARGV[4]
local ranges = call('ZRANGEBYLEX', DONE_SPANS, '[' .. from, '(' .. to, 'LIMIT', 0, limit)
local before_from, before_to = range_before(DONE_SPANS, from, false)
if before_from and before_to > from then
  table.insert(ranges, 1, before_from .. ':' .. before_to)
end
return ranges
`,
);

/**
 * Counts what lies in each index. Which of the held ones run, and who holds them, only their rows
 * tell: those are no more than the workers have room for. Completed ones leave nothing to count.
 */
export const RECOUNT = luaScript(
  ...[NAMESPACE_LUA, ROWS_LUA],
  `
local STATUSES = { 'p', 'c', 'r', 'completed', 'f', 'd' }
local were = call('HMGET', STATE, unpack(STATUSES))
local held = call('ZRANGE', LEASES, 0, -1)
load(held)
local running, held_counts = 0, {}
for _, id in ipairs(held) do
  if rows[id][STATUS] == 'r' then running = running + 1 end
  count_in(held_counts, rows[id][WORKER], 1)
end
call('DEL', HELD)
for worker, number in pairs(held_counts) do call('HSET', HELD, worker, number) end
local failed = call('ZCARD', DUE)
local are = {
  call('ZCARD', READY), #held - running, running, were[4], failed, call('ZCARD', OVER) - failed,
}
for nth, status in ipairs(STATUSES) do call('HSET', STATE, status, are[nth]) end
return { were, are }
`,
);
