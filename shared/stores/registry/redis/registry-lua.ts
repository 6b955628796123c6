/** In the order in which the scripts name them. */
export const REGISTRY_KEYS = [
  ...['state', 'records', 'index', 'services', 'revisions'],
  ...['leases', 'ttls', 'events', 'removed', 'removed-of'],
];

export const SCHEMA_VERSION = 1;

/**
 * The names of the keys, and what time it is. Nobody else's clock counts.
 *
 * STATE is what the registry is as a whole; RECORDS has of each instance its revision and its record;
 * INDEX has each instance twice, behind its service and behind nothing; LEASES is when they end, and
 * TTLS for how long they were given; EVENTS has texts, a line an event; REMOVED is when instances
 * went, and REMOVED_OF of which service they were.
 */
const KEYS_LUA = `
local STATE, RECORDS, INDEX, SERVICES, REVISIONS = unpack(KEYS, 1, 5)
local LEASES, TTLS, EVENTS, REMOVED, REMOVED_OF = unpack(KEYS, 6, 10)
local call, format, match = redis.call, string.format, string.match
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Lua writes only 14 digits of a number by itself.
local function whole(number) return format('%.0f', number) end
`;

/**
 * What the registry is as a whole. Where it is not there, it was not yet, or its data were wiped: then
 * revisions begin at the microseconds of now, so that none is ever given twice.
 */
export const STATE_LUA = `${KEYS_LUA}
local function us() return time[1] * 1000000 + time[2] end
local function begin(run)
  local first = whole(us())
  call('HSET', STATE, 'schema', ${SCHEMA_VERSION}, 'run', run, 'revision', first, 'floor', first,
    'grace', 0, 'owner', '', 'epoch', 0, 'owned_until', 0)
end
local function state(...)
  if call('HEXISTS', STATE, 'revision') == 0 then begin('') end
  return unpack(call('HMGET', STATE, ...))
end
`;

/** An instance as it is told: its revision and record, and what is left of its lease and since when. */
export const SHOWN_LUA = `${STATE_LUA}
local grace = tonumber(call('HGET', STATE, 'grace') or 0)
local function left_of(id)
  local till = call('ZSCORE', LEASES, id)
  return till and math.max(till, grace) - now, till
end
local function shown(id, value, ttl)
  if not value then return false end
  local left, till = left_of(id)
  if not left or not ttl then return { value } end
  return { value, whole(left), whole(now - (till - ttl)) }
end
local function shown_all(ids)
  if #ids == 0 then return {} end
  local values = call('HMGET', RECORDS, unpack(ids))
  local ttls = call('HMGET', TTLS, unpack(ids))
  local all = {}
  for nth, id in ipairs(ids) do all[nth] = shown(id, values[nth], ttls[nth]) end
  return all
end
`;

/**
 * First of all in scripts that must go on when the memory of the server is used up: it refuses them
 * only before their first write.
 */
export const ANYWAY_LUA = `call('ZREM', LEASES, '')`;
