import { REVISIONS_LOST_MAX } from '../partitions/lost-max.ts';
import { luaScript } from '../redis/lua-script.ts';

const SCHEMA_VERSION = 1;

/** In the order in which the scripts name them; locks come behind them. */
export const DOCUMENT_KEYS = ['state', 'partitions'];

const KEYS_LUA = `
local STATE, DOCUMENT = unpack(KEYS, 1, ${DOCUMENT_KEYS.length})
local FIRST_LOCK = ${DOCUMENT_KEYS.length + 1}
local call = redis.call
`;

/** ARGV[1] is the incarnation that the caller works on; data that are not those are not touched. */
const INCARNATION_LUA = `
if call('HGET', STATE, 'incarnation') ~= ARGV[1] then return redis.error_reply('LOST data') end
`;

/**
 * Attaches a connection to the namespace, which is made when there is none; gives its incarnation.
 * ARGV: a new incarnation, the one that is worked on (empty: none yet), the run of the server.
 */
export const ATTACH_DOCUMENT = luaScript(
  KEYS_LUA,
  `
local schema, incarnation, run, strategy =
  unpack(call('HMGET', STATE, 'schema', 'incarnation', 'run', 'strategy'))
if ARGV[2] ~= '' and incarnation ~= ARGV[2] then return redis.error_reply('LOST data') end
if schema and tonumber(schema) > ${SCHEMA_VERSION} then
  return redis.error_reply('NEWER ' .. schema)
end
if incarnation and strategy ~= 'simple' then return redis.error_reply('STRATEGY hash') end
if not incarnation then
  incarnation = ARGV[1]
  call('HSET', STATE, 'schema', ${SCHEMA_VERSION}, 'strategy', 'simple',
    'incarnation', incarnation, 'run', ARGV[3], 'revision', 0, 'restarts', 0)
  call('SET', DOCUMENT, '')
elseif run ~= ARGV[3] then
  call('HSET', STATE, 'run', ARGV[3])
  call('HINCRBY', STATE, 'restarts', 1)
  call('HINCRBY', STATE, 'revision', '${REVISIONS_LOST_MAX}')
end
return incarnation
`,
);

/**
 * ARGV: the revision that is known. Gives the one there is, how often the server was started anew,
 * ms since the epoch, the text ("=": that of the known revision), and ms left of each lock.
 */
export const READ_DOCUMENT = luaScript(
  ...[KEYS_LUA, INCARNATION_LUA],
  `
local revision, restarts = unpack(call('HMGET', STATE, 'revision', 'restarts'))
local time, text = call('TIME'), '='
if revision ~= ARGV[2] then
  text = call('GET', DOCUMENT)
elseif call('EXISTS', DOCUMENT) == 0 then
  text = false
end
if not text then return redis.error_reply('LOST data') end
local reading = { revision, restarts, time[1] * 1000 + math.floor(time[2] / 1000), text }
for at = FIRST_LOCK, #KEYS do reading[#reading + 1] = call('PTTL', KEYS[at]) end
return reading
`,
);

/**
 * ARGV: the revision that the text was made from, the text, and of each lock that is taken how long
 * it lasts and whose it is. The locks behind those are freed. Gives whether it was done.
 */
export const SWAP_DOCUMENT = luaScript(
  ...[KEYS_LUA, INCARNATION_LUA],
  `
if call('HGET', STATE, 'revision') ~= ARGV[2] then return 0 end
if call('EXISTS', DOCUMENT) == 0 then return redis.error_reply('LOST data') end
call('HINCRBY', STATE, 'revision', 1)
call('SET', DOCUMENT, ARGV[3])
local at = FIRST_LOCK
for word = 4, #ARGV, 2 do
  call('SET', KEYS[at], ARGV[word + 1], 'PX', ARGV[word])
  at = at + 1
end
for freed = at, #KEYS do call('DEL', KEYS[freed]) end
return 1
`,
);
