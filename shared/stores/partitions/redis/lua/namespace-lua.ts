/** The names of the keys, in the order in which `partition-keys.ts` gives them to each script. */
export const KEYS_LUA = `
local STATE, ROWS, READY, LEASES, HELD, DUE, OVER = unpack(KEYS, 1, 7)
local MADE_IDS, MADE_SPANS, DONE_IDS, DONE_SPANS = unpack(KEYS, 8, 11)
local WORKERS, ALIVE, COMMANDS, COMMANDS_TO_DO, COMMANDS_DONE = unpack(KEYS, 12, 16)
local call, sub, match, format, concat = redis.call, string.sub, string.match, string.format, table.concat
local PADDED = '%016d'
-- Lua writes only 14 digits of a number by itself.
local function digits(number) return format('%.17g', number) end
-- That takes a fraction of the time.
local function integer(number) return format('%d', number) end
`;

/**
 * How each script begins: ARGV[1] is the incarnation that the caller works on. Data that were
 * flushed, or that somebody has begun anew since, are not touched.
 */
export const NAMESPACE_LUA = `${KEYS_LUA}
if call('HGET', STATE, 'incarnation') ~= ARGV[1] then return redis.error_reply('LOST data') end
`;

/** What time it is: ms since the epoch, as a number and as text. Nobody else's clock counts. */
export const TIME_LUA = `
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local NOW = format('%.0f', now)
`;

/** Only the present turn of a leader may go on; ARGV[2] is the epoch that it says. */
export const EPOCH_LUA = `
local epoch = call('HGET', STATE, 'epoch')
if epoch ~= ARGV[2] then return redis.error_reply('FENCED ' .. epoch) end
`;
