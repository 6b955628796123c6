import { luaScript } from '../../redis/lua-script.ts';
import { EVENTS_MAX } from '../registry-store.ts';
import { ANYWAY_LUA, SHOWN_LUA, STATE_LUA } from './registry-lua.ts';

/** Words of each change, as WRITE reads them. */
export const CHANGE_WORDS = 8;

const PUT_LUA = `
local function add_event(id, event)
  local told = call('HGET', EVENTS, id)
  if told then
    -- Behind the last but one of those that are kept.
    local at = 0
    for _ = 1, ${EVENTS_MAX - 1} do
      at = string.find(told, '\\n', at + 1, true)
      if not at then break end
    end
    event = event .. '\\n' .. (at and string.sub(told, 1, at - 1) or told)
  end
  call('HSET', EVENTS, id, event)
end
local function end_lease(id)
  call('ZREM', LEASES, id)
  call('HDEL', TTLS, id)
end
local function put(id, is_new, revision, service, record, lease, event)
  -- What is there already may be changed also when the memory is used up.
  if not is_new then call('ZREM', REMOVED, id) end
  call('HSET', RECORDS, id, revision .. ' ' .. record)
  call('ZADD', REVISIONS, revision, id)
  if is_new then
    call('ZADD', INDEX, 0, service .. '\\0' .. id, 0, '\\0' .. id)
    call('HINCRBY', SERVICES, service, 1)
    call('ZREM', REMOVED, id)
    call('HDEL', REMOVED_OF, id)
  end
  if lease == 'end' then
    end_lease(id)
  elseif lease ~= 'keep' then
    call('ZADD', LEASES, whole(now + lease), id)
    call('HSET', TTLS, id, lease)
  end
  if event ~= '' then add_event(id, event) end
end
`;

const REMOVE_LUA = `
local function remove(id, revision, service)
  call('HDEL', RECORDS, id)
  call('ZREM', REVISIONS, id)
  call('ZREM', INDEX, service .. '\\0' .. id, '\\0' .. id)
  if call('HINCRBY', SERVICES, service, -1) == 0 then call('HDEL', SERVICES, service) end
  call('HDEL', EVENTS, id)
  end_lease(id)
  call('ZADD', REMOVED, revision, id)
  call('HSET', REMOVED_OF, id, service)
end
`;

/**
 * ARGV, of each change: its ID, the revision that it is made from, the service, the record (empty: it
 * goes), ms of its lease or "keep" or "end", the event or nothing, the epoch of its fence or nothing,
 * and 1 where it must be overdue. Gives of each the new revision, or why not and what is there.
 */
export const WRITE = luaScript(
  ...[SHOWN_LUA, PUT_LUA, REMOVE_LUA],
  `
local revision, epoch, till = state('revision', 'epoch', 'owned_until')
local outcomes = {}
local function refused(id, value, expected, fence, overdue)
  if fence ~= '' and (fence ~= epoch or tonumber(till) <= now) then return { 'fenced', false } end
  local function why(word)
    return { word, shown(id, value, call('HGET', TTLS, id)) }
  end
  if (value and match(value, '^%d+') or '0') ~= expected then return why('changed') end
  if overdue == '1' and (left_of(id) or 0) > 0 then return why('renewed') end
  return false
end
for at = 1, #ARGV, ${CHANGE_WORDS} do
  local id, expected, service, record, lease, event, fence, overdue = unpack(ARGV, at, at + 7)
  local value = call('HGET', RECORDS, id)
  local outcome = refused(id, value, expected, fence, overdue)
  if not outcome then
    revision = whole(revision + 1)
    outcome = revision
    if record ~= '' then
      put(id, not value, revision, service, record, lease, event)
    elseif value then
      remove(id, revision, cjson.decode(match(value, ' (.*)$')).name)
    end
    call('HSET', STATE, 'revision', revision)
  end
  outcomes[#outcomes + 1] = outcome
end
return outcomes
`,
);

/** ARGV: ms, and IDs. Gives a letter of each: r for renewed, e for ended, u for unknown. */
export const RENEW = luaScript(
  STATE_LUA,
  ANYWAY_LUA,
  `
local ttl, till = ARGV[1], whole(now + ARGV[1])
local ttls = call('HMGET', TTLS, unpack(ARGV, 2))
local letters, leases, others = {}, {}, {}
for nth, given in ipairs(ttls) do
  local id = ARGV[nth + 1]
  if given then
    letters[nth] = 'r'
    leases[#leases + 1] = till
    leases[#leases + 1] = id
    if given ~= ttl then
      others[#others + 1] = id
      others[#others + 1] = ttl
    end
  else
    letters[nth] = call('HEXISTS', RECORDS, id) == 1 and 'e' or 'u'
  end
end
if #leases > 0 then call('ZADD', LEASES, unpack(leases)) end
if #others > 0 then call('HSET', TTLS, unpack(others)) end
return table.concat(letters)
`,
);

/** ARGV: how many. Gives how many leases there are, how many have ended, and IDs of those. */
export const OVERDUE = luaScript(
  STATE_LUA,
  `
local grace = tonumber(call('HGET', STATE, 'grace') or 0)
local count = call('ZCARD', LEASES)
if now < grace then return { count, 0, {} } end
local ended = call('ZCOUNT', LEASES, '-inf', whole(now))
local ids = call('ZRANGEBYSCORE', LEASES, '-inf', whole(now), 'LIMIT', 0, ARGV[1])
return { count, ended, ids }
`,
);
