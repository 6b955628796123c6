import { luaScript } from '../../../redis/lua-script.ts';
import { EPOCHS_LOST_MAX, TOKENS_LOST_MAX } from '../../lost-max.ts';
import { KEYS_LUA, NAMESPACE_LUA } from './namespace-lua.ts';

const SCHEMA_VERSION = 1;

/**
 * Attaches a connection to the namespace, which is made when there is none; gives its incarnation.
 * ARGV: a new incarnation, the one that is worked on (empty: none yet), the run of the server.
 *
 * A server that was started anew, or has taken another one's place, may have forgotten the last
 * that it did, and would give the tokens and epochs of then once more; so they go on far behind.
 */
export const ATTACH = luaScript(
  KEYS_LUA,
  `
local schema, incarnation, run, strategy =
  unpack(call('HMGET', STATE, 'schema', 'incarnation', 'run', 'strategy'))
if ARGV[2] ~= '' and incarnation ~= ARGV[2] then return redis.error_reply('LOST data') end
if schema and tonumber(schema) > ${SCHEMA_VERSION} then
  return redis.error_reply('NEWER ' .. schema)
end
if strategy then return redis.error_reply('STRATEGY ' .. strategy) end
if not incarnation then
  incarnation = ARGV[1]
  call('HSET', STATE, 'schema', ${SCHEMA_VERSION}, 'incarnation', incarnation, 'run', ARGV[3],
    'candidate', '', 'epoch', 0, 'leader_until', 0, 'planned_to', '', 'last_partition', 0,
    'mark', '', 'last_token', 0, 'last_command', 0, 'paused', 0, 'is_across', 0,
    'p', 0, 'c', 0, 'r', 0, 'f', 0, 'd', 0, 'completed', 0)
elseif run ~= ARGV[3] then
  call('HSET', STATE, 'run', ARGV[3], 'leader_until', 0)
  call('HINCRBY', STATE, 'last_token', digits(${TOKENS_LOST_MAX}))
  call('HINCRBY', STATE, 'epoch', ${EPOCHS_LOST_MAX})
end
return incarnation
`,
);

/** ARGV: fields of the state. */
export const STATE = luaScript(NAMESPACE_LUA, `return call('HMGET', STATE, unpack(ARGV, 2))`);

/** ARGV: 1 or 0. */
export const SET_PAUSED = luaScript(NAMESPACE_LUA, `call('HSET', STATE, 'paused', ARGV[2])`);
