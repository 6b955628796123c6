/**
 * Scripts that move what is in KEYS[1] to the end of the list KEYS[2], at most ARGV[1] values at a
 * time, and return it: a script is not interrupted, so that each value is in one of both places.
 */
export const TAKING = {
  list: moving(`local values = redis.call('LPOP', KEYS[1], ARGV[1])
if not values then return {} end`),
  string: moving(`local value = redis.call('GET', KEYS[1])
if not value then return {} end
redis.call('DEL', KEYS[1])
local values = {value}`),
  set: moving(`local values = redis.call('SPOP', KEYS[1], ARGV[1])`),
  // Without their scores.
  zset: moving(`local scored = redis.call('ZPOPMIN', KEYS[1], ARGV[1])
local values = {}
for index = 1, #scored, 2 do values[#values + 1] = scored[index] end`),
  // One of its fields (ARGV[2]), or all of them as one object of JSON.
  hash: moving(`local values = {}
if ARGV[2] ~= '' then
  values[1] = redis.call('HGET', KEYS[1], ARGV[2]) or nil
  redis.call('HDEL', KEYS[1], ARGV[2])
else
  local fields = redis.call('HGETALL', KEYS[1])
  local members = {}
  for index = 1, #fields, 2 do
    members[#members + 1] = cjson.encode(fields[index]) .. ':' .. cjson.encode(fields[index + 1])
  end
  redis.call('DEL', KEYS[1])
  if #members > 0 then values[1] = '{' .. table.concat(members, ',') .. '}' end
end`),
} as const;

function moving(take: string): string {
  return `${take}
if #values == 0 then return {} end
redis.call('RPUSH', KEYS[2], unpack(values))
return values`;
}
