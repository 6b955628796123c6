import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExampleProcess } from '../support/example-process.ts';
import { freePort } from '../support/fleet-process.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const MAIN = 'message_queue/main.ts';

describe('the example message_queue', () => {
  let redis: RedisServerProcess;
  let env: Record<string, string>;
  const started: ExampleProcess[] = [];

  beforeAll(async () => {
    redis = await RedisServerProcess.start();
    env = { REDIS_ADDR: redis.address };
  });

  afterAll(async () => {
    for (const each of started) await each.stop('SIGKILL');
    await redis.stop();
  });

  function work(worker: string): ExampleProcess {
    const process = new ExampleProcess(MAIN, { ...env, WORKER_ID: worker });
    started.push(process);
    return process;
  }

  it('goes on after a crash from what was kept last, and misses nothing after a stop', async () => {
    const producer = new ExampleProcess('message_queue/produce.ts', env, ['8000']);
    expect(await producer.end()).toBe(0);
    await redis.redis.lset('example:messages', 41, 'hello?');
    const killed = work('a');
    await killed.says(/: done to \d+/);
    await killed.stop('SIGKILL');
    const [stopped, other] = [work('b'), work('c')];
    await waitFor('somebody to go on', () =>
      [stopped, other].some(({ output }) => /goes on from \d+01/.test(output)),
    );
    await stopped.says(/: done to \d+/);
    expect(await stopped.stop()).toBe(0);

    const has = async () =>
      (await redis.redis.hlen('example:results')) + (await redis.redis.hlen('example:unreadable'));
    await waitFor('all messages', async () => (await has()) === 8_000);
    expect(await redis.redis.hgetall('example:unreadable')).toEqual({ 42: 'hello?' });
    expect(await redis.redis.hmget('example:results', '1', '42', '8000')).toEqual([
      ...['HELLO 0', null, 'HELLO 7999'],
    ]);
    expect(await other.stop()).toBe(0);
  });

  it('says what to do when Redis is not there', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const alone = new ExampleProcess(MAIN, { REDIS_ADDR: address });

    expect(await alone.end()).toBe(1);
    expect(alone.output).toMatch(
      `ERROR: Redis is not reachable at ${address}: start it, or set REDIS_ADDR to where it is`,
    );
  });
});
