import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Reading } from '../../../test/support/reading.ts';
import { RedisServerProcess } from '../../../test/support/redis-server.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { recordIds } from '../../records/record-ids.ts';
import { redisReader } from './redis.ts';

describe('the redis reader', () => {
  let server: RedisServerProcess;

  beforeAll(async () => {
    server = await RedisServerProcess.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => server.redis.flushall());

  const options = (type: string, more: Record<string, string> = {}) => ({
    ...{ redis_address: server.address, redis_datatype: type, redis_key: 'logs' },
    ...more,
  });
  const taken = '{logs}:taken:r1';

  it('takes the values of a list, also those that come while it waits', async () => {
    await server.redis.rpush('logs', 'a', '', 'b\nmore', 'c\n');
    const reading = new Reading(redisReader, options('list'));
    await reading.until(4);
    await server.redis.rpush('logs', 'd');
    await reading.until(5);
    await waitFor('an empty list', async () => (await server.redis.llen(taken)) === 0);
    await reading.stop();

    expect(reading.lines).toEqual(['a', 'b', 'more', 'c', 'd']);
    const [first] = reading.batches;
    expect(first).toMatchObject({ lines: 3, range: { start: 0, end: 4 } });
    const records = new ObjectRecords([{}, {}, {}]);
    const parsed = { records, success: 3, errors: 0, dropped: 0, lastError: '', lineOf: null };
    const ids = first === undefined ? [] : recordIds(first, parsed);
    expect(ids.map((id) => id.split(':').at(-1))).toEqual(['0', '2', '3']);
  });

  it('hands out a value of a list again unless it is committed, and then not, whatever redis was told', async () => {
    const words = Array.from({ length: 30 }, (_, index) => `w${index}`);
    await server.redis.rpush('logs', ...words);
    const given = { limits: { lines: 10 } };
    const first = new Reading(redisReader, options('list'), { ...given, isUnsettled: true });
    await first.until(30);
    await first.stop();
    const [one, two] = first.batches;

    const positions = new Map([[one?.source ?? '', one?.position]]);
    const sealed = new Map([
      [two?.source ?? '', two?.range ?? { generation: 0, start: 0, end: 0 }],
    ]);
    const again = new Reading(redisReader, options('list'), {
      positions,
      sealed,
      limits: { lines: 3 },
    });
    await again.until(20);
    await again.stop();

    expect(again.batches[0]?.range).toEqual(two?.range);
    expect(again.lines).toEqual(words.slice(10));
    expect(await server.redis.llen(taken)).toBe(0);
  });

  it('acknowledges entries of a stream when they are settled, and takes up those that are not', async () => {
    for (const n of [1, 2, 3, 4]) await server.redis.xadd('logs', '*', 'n', String(n));
    const given = { limits: { lines: 2 } };
    const first = new Reading(redisReader, options('stream'), { ...given, isUnsettled: true });
    await first.until(4);
    await first.stop();
    const [one] = first.batches;

    const positions = new Map([[one?.source ?? '', one?.position]]);
    const again = new Reading(redisReader, options('stream'), { ...given, positions });
    await again.until(2);
    await server.redis.xadd('logs', '*', 'n', '5');
    await again.until(3);
    await waitFor('no pending entry', async () => {
      const [pending] = await server.redis.xpending('logs', 'logkit');
      return pending === 0;
    });
    await again.stop();

    expect(again.lines).toEqual(['{"n":"3"}', '{"n":"4"}', '{"n":"5"}']);
  });

  it('takes over entries that another consumer left behind', async () => {
    await server.redis.xgroup('CREATE', 'logs', 'logkit', '0', 'MKSTREAM');
    await server.redis.xadd('logs', '*', 'line', 'left');
    await server.redis.xreadgroup('GROUP', 'logkit', 'gone', 'STREAMS', 'logs', '>');
    const reading = new Reading(
      redisReader,
      options('stream', { redis_claim_idle: '1ms', redis_field: 'line' }),
    );

    expect(await reading.until(1)).toEqual(['left']);
    await reading.stop();
  });

  it.each([
    { type: 'channel', key: 'channel' },
    { type: 'pattern_channel', key: 'pattern*' },
  ])('hears the messages of a $type', async ({ type, key }) => {
    const reading = new Reading(redisReader, options(type, { redis_key: key }));
    await waitFor('a listener', async () => (await server.redis.publish(type, 'x')) > 0);
    await server.redis.publish(type, 'y');

    expect(await reading.until(2)).toEqual(['x', 'y']);
    await reading.stop();
  });

  it.each([
    { type: 'string', fill: ['SET', 'logs', 'a\nb'], lines: ['a', 'b'] },
    { type: 'set', fill: ['SADD', 'logs', 'a', 'b', 'c'], lines: ['a', 'b', 'c'] },
    { type: 'zset', fill: ['ZADD', 'logs', '2', 'b', '1', 'c', '3', 'a'], lines: ['c', 'b', 'a'] },
    { type: 'hash', fill: ['HSET', 'logs', 'a"', 'é', 'b', '2'], lines: ['{"a\\"":"é","b":"2"}'] },
  ])('takes a $type whole, and looks for the next one', async ({ type, fill, lines }) => {
    const [command = '', ...words] = fill;
    await server.redis.call(command, ...words);
    const reading = new Reading(redisReader, options(type));
    await reading.until(lines.length);
    await waitFor('nothing taken', async () => (await server.redis.llen(taken)) === 0);
    expect(await server.redis.exists('logs')).toBe(0);
    await server.redis.call(command, ...words);
    await reading.until(lines.length * 2);
    await reading.stop();

    const found = reading.lines.slice(0, lines.length);
    expect(type === 'set' ? found.toSorted() : found).toEqual(lines);
  });

  it('takes one field of a hash, and leaves the others', async () => {
    await server.redis.hset('logs', { wanted: 'x', other: 'y' });
    const reading = new Reading(redisReader, options('hash', { redisHash_area: 'wanted' }));
    await reading.until(1);
    await reading.stop();

    expect(reading.lines).toEqual(['x']);
    expect(await server.redis.hgetall('logs')).toEqual({ other: 'y' });
  });

  it('hands out a set again unless it is committed, and then not, whatever redis was told', async () => {
    const words = Array.from({ length: 30 }, (_, index) => `w${index}`);
    await server.redis.sadd('logs', ...words);
    const given = { limits: { lines: 10 } };
    const first = new Reading(redisReader, options('set'), { ...given, isUnsettled: true });
    await first.until(30);
    await first.stop();
    const positions = new Map([[first.source, first.batches[0]?.position]]);
    const sealed = new Map([[first.source, first.rangeOf(1)]]);

    const again = new Reading(redisReader, options('set'), { positions, sealed });
    await again.until(20);
    await again.stop();

    expect(again.batches[0]?.bytes).toEqual(first.batches[1]?.bytes);
    expect(again.lines).toEqual(first.lines.slice(10));
    expect(first.lines.toSorted()).toEqual(words.toSorted());
    expect(await server.redis.llen(taken)).toBe(0);
  });

  it('says that the server is away, and when the key is something else', async () => {
    const away = new Reading(redisReader, { ...options('list'), redis_address: '127.0.0.1:1' });
    expect(await away.failure()).toMatchObject({ kind: 'unavailable' });

    await server.redis.set('logs', 'x');
    const wrong = new Reading(redisReader, options('list'));
    expect(await wrong.failure()).toMatchObject({ kind: 'invalid' });
  });

  it('keeps no connection when it could not begin', async () => {
    await server.redis.set('logs', 'x');
    const before = await connections();
    const wrong = new Reading(redisReader, options('stream'));
    expect(await wrong.failure()).toMatchObject({ kind: 'invalid' });

    await waitFor('no connection more', async () => (await connections()) === before);
    await wrong.stop();
  });

  it('does not wait for ever for a server that says nothing any more', async () => {
    await server.redis.rpush('logs', 'a');
    const reading = new Reading(redisReader, options('list', { redis_timeout: '300ms' }));
    await reading.until(1);
    await waitFor('an empty list', async () => (await server.redis.llen(taken)) === 0);
    await server.redis.client('PAUSE', 1_500, 'ALL');

    expect(await reading.failure()).toMatchObject({ kind: 'unavailable' });
    await server.redis.ping();
  });

  async function connections(): Promise<number> {
    return String(await server.redis.client('LIST'))
      .trim()
      .split('\n').length;
  }
});
