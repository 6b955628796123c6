import { luaScript } from '../../redis/lua-script.ts';
import { SHOWN_LUA, STATE_LUA } from './registry-lua.ts';

/** ARGV: IDs. */
export const FIND = luaScript(SHOWN_LUA, 'return shown_all(ARGV)');

/** ARGV: the service (empty: all), the ID behind which they are, and how many. */
export const LIST = luaScript(
  SHOWN_LUA,
  `
local service = ARGV[1]
local from, to = '(' .. service .. '\\0' .. ARGV[2], '(' .. service .. '\\1'
local ids = call('ZRANGEBYLEX', INDEX, from, to, 'LIMIT', 0, ARGV[3])
for nth, member in ipairs(ids) do ids[nth] = string.sub(member, #service + 2) end
return shown_all(ids)
`,
);

/** Names and counts by turns. */
export const LIST_SERVICES = luaScript(STATE_LUA, `return call('HGETALL', SERVICES)`);

/** ARGV: an ID. Gives texts, a line an event, the latest first. */
export const READ_EVENTS = luaScript(STATE_LUA, `return call('HGET', EVENTS, ARGV[1])`);

/**
 * ARGV: the revision that is known, and how many. Gives the latest one, and of each change its ID,
 * its revision, and the instance or of which service it was.
 */
export const CHANGES = luaScript(
  SHOWN_LUA,
  `
local latest, floor = state('revision', 'floor')
local known, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
if known < tonumber(floor) or known > tonumber(latest) then return false end
local function of(key)
  return call('ZRANGEBYSCORE', key, '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
end
local there, gone = of(REVISIONS), of(REMOVED)
local changes, at, past = {}, 1, 1
while #changes <= limit and (there[at] or gone[past]) do
  local is = tonumber(there[at + 1] or 'inf')
  local was = tonumber(gone[past + 1] or 'inf')
  if is < was then
    local id = there[at]
    local instance = shown(id, call('HGET', RECORDS, id), call('HGET', TTLS, id))
    changes[#changes + 1] = { id, whole(is), instance, '' }
    at = at + 2
  else
    local id = gone[past]
    changes[#changes + 1] = { id, whole(was), false, call('HGET', REMOVED_OF, id) }
    past = past + 2
  end
end
return { latest, unpack(changes) }
`,
);
