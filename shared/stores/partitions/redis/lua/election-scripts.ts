import { luaScript } from '../../../redis/lua-script.ts';
import { NAMESPACE_LUA, TIME_LUA } from './namespace-lua.ts';

const TURN_LUA = `
local candidate, epoch, leader_until =
  unpack(call('HMGET', STATE, 'candidate', 'epoch', 'leader_until'))
local left = math.max(0, tonumber(leader_until) - now)

local function lead(leader, leaders_epoch, lease_ms)
  candidate, epoch, left = leader, leaders_epoch, tonumber(lease_ms)
  call('HSET', STATE, 'candidate', candidate, 'epoch', epoch, 'leader_until', digits(now + left))
end

local function is_present(leader, leaders_epoch)
  return left > 0 and leader == candidate and leaders_epoch == epoch
end

local function leadership() return { left > 0 and candidate or '', epoch, digits(left) } end
`;

const BEGINNING = [NAMESPACE_LUA, TIME_LUA, TURN_LUA];

/** ARGV: the candidate, ms of the lease. */
export const CAMPAIGN = luaScript(
  ...BEGINNING,
  `
if left == 0 then lead(ARGV[2], digits(epoch + 1), ARGV[3]) end
return leadership()
`,
);

export const LEADERSHIP = luaScript(...BEGINNING, 'return leadership()');

/** ARGV: the candidate, the epoch, ms of the lease. */
export const RENEW_LEADERSHIP = luaScript(
  ...BEGINNING,
  `
if not is_present(ARGV[2], ARGV[3]) then return '0' end
lead(candidate, epoch, ARGV[4])
return '1'
`,
);

/** ARGV: the candidate, the epoch. */
export const RESIGN = luaScript(
  ...BEGINNING,
  `if is_present(ARGV[2], ARGV[3]) then call('HSET', STATE, 'leader_until', 0) end`,
);
