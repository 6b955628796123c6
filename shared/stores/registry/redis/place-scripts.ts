import { luaScript } from '../../redis/lua-script.ts';
import { ANYWAY_LUA, SCHEMA_VERSION, STATE_LUA } from './registry-lua.ts';

/**
 * Attaches a connection to the registry, which is made when there is none. ARGV: the run of the
 * server, and for how many ms leases last at least when it is another one than before.
 *
 * A server that was started anew, or has taken another one's place, may have forgotten the last that
 * it did, and nobody could renew a lease while there was none.
 */
export const ATTACH = luaScript(
  STATE_LUA,
  `
local schema, run, revision = unpack(call('HMGET', STATE, 'schema', 'run', 'revision'))
if schema and tonumber(schema) > ${SCHEMA_VERSION} then
  return redis.error_reply('NEWER ' .. schema)
end
if not schema then
  begin(ARGV[1])
elseif run ~= ARGV[1] then
  local next = whole(math.max(revision + 1, us()))
  call('HSET', STATE, 'run', ARGV[1], 'revision', next, 'floor', next,
    'grace', whole(now + ARGV[2]), 'owner', '', 'owned_until', 0)
end
`,
);

export const REVISION = luaScript(STATE_LUA, `return state('revision')`);

/** ARGV: who takes the turn or keeps it, and for how many ms. Gives its epoch, a revision. */
export const OWN = luaScript(
  STATE_LUA,
  ANYWAY_LUA,
  `
local owner, epoch, till, revision = state('owner', 'epoch', 'owned_until', 'revision')
local is_over = tonumber(till) <= now
if not is_over and owner ~= ARGV[1] then return false end
if is_over then
  epoch = whole(revision + 1)
  call('HSET', STATE, 'owner', ARGV[1], 'epoch', epoch, 'revision', epoch)
end
call('HSET', STATE, 'owned_until', whole(now + ARGV[2]))
return epoch
`,
);

/** ARGV: whose turn ends. */
export const DISOWN = luaScript(
  STATE_LUA,
  ANYWAY_LUA,
  `
if call('HGET', STATE, 'owner') == ARGV[1] then
  call('HSET', STATE, 'owner', '', 'owned_until', 0)
end
`,
);

/**
 * ARGV: so many of the last that were removed are kept, and so many forgotten at a time. Gives
 * whether there are more to forget.
 */
export const FORGET = luaScript(
  STATE_LUA,
  `
local most = call('ZCARD', REMOVED) - ARGV[1]
local count = math.min(most, tonumber(ARGV[2]))
if count <= 0 then return 0 end
local ids = call('ZRANGE', REMOVED, 0, count - 1)
local floor = call('ZSCORE', REMOVED, ids[count])
call('HDEL', REMOVED_OF, unpack(ids))
call('ZREMRANGEBYRANK', REMOVED, 0, count - 1)
call('HSET', STATE, 'floor', whole(floor))
return most > count and 1 or 0
`,
);
