import { Redis } from 'ioredis';
import { z } from 'zod';
import { serveWork } from './coordinator/work-side.ts';

/** The floor under partitions in Redis: claims and completes whole batches, one after another. */

/** KEYS: ready, held, leases, numbers. ARGV: how many, until when. Gives IDs, and the last token. */
const CLAIM = `
local ids = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
if #ids == 0 then return { ids, 0 } end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #ids - 1)
local last, held, leases = redis.call('HINCRBY', KEYS[4], 'token', #ids), {}, {}
for nth, id in ipairs(ids) do
  held[nth * 2 - 1], held[nth * 2] = id, last - #ids + nth
  leases[nth * 2 - 1], leases[nth * 2] = ARGV[2], id
end
redis.call('HSET', KEYS[2], unpack(held))
redis.call('ZADD', KEYS[3], unpack(leases))
return { ids, last }
`;

/** ARGV: the last token, the IDs. Gives how many were done. */
const COMPLETE = `
local ids = { unpack(ARGV, 2) }
local tokens, done = redis.call('HMGET', KEYS[2], unpack(ids)), {}
for nth, id in ipairs(ids) do
  if tonumber(tokens[nth]) == ARGV[1] - #ids + nth then done[#done + 1] = id end
end
redis.call('HDEL', KEYS[2], unpack(done))
redis.call('ZREM', KEYS[3], unpack(done))
redis.call('HINCRBY', KEYS[4], 'done', #done)
return #done
`;

const LEASE_MS = 60_000;

const Opening = z.object({ port: z.int(), key: z.string(), batch: z.int() });
const Claimed = z.tuple([z.array(z.string()), z.int()]);

serveWork(Opening, ({ port, key, batch }, tally) => {
  const redis = new Redis(port, '127.0.0.1');
  const keys = ['ready', 'held', 'leases', 'numbers'].map((name) => `${key}:${name}`);
  let working = Promise.resolve();
  const evaluate = async (script: string) => {
    const sha = z.string().parse(await redis.script('LOAD', script));
    return (words: readonly (string | number)[]): Promise<unknown> =>
      redis.evalsha(sha, keys.length, ...keys, ...words);
  };
  const work = async () => {
    const [claim, complete] = await Promise.all([evaluate(CLAIM), evaluate(COMPLETE)]);
    for (;;) {
      const [ids, last] = Claimed.parse(await claim([batch, Date.now() + LEASE_MS]));
      if (ids.length === 0) return;
      tally.lived(z.int().parse(await complete([last, ...ids])));
    }
  };
  return {
    open: async () => {
      await redis.ping();
    },
    begin: () => {
      working = work();
    },
    end: async () => {
      await working;
      await redis.quit();
    },
  };
});
