import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { RedisServerProcess } from '../../../test/support/redis-server.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { RecordsRefused } from '../../records/records-refused.ts';
import type { LogRecord, Sender } from '../plugin.ts';
import { redisSender } from './redis.ts';

const never = new AbortController().signal;

describe('the redis sender', () => {
  let server: RedisServerProcess;
  const senders: Sender[] = [];

  beforeAll(async () => {
    server = await RedisServerProcess.start();
  });
  afterAll(async () => {
    for (const sender of senders) await sender.close();
    await server.stop();
  });
  beforeEach(() => server.redis.flushall());

  async function open(more: Record<string, string> = {}): Promise<Sender> {
    const options = { redis_address: server.address, redis_key: 'logs', ...more };
    const sender = await redisSender.configure(options).open(pluginContext());
    senders.push(sender);
    return sender;
  }

  const send = (sender: Sender, records: LogRecord[], key: string) =>
    sender.send(new ObjectRecords(records), never, { key });

  it('appends each batch to a list once, in order, however large it is', async () => {
    const records = Array.from({ length: 12_345 }, (_, n) => ({ n }));

    await send(await open(), records, 'k1');
    await send(await open(), records, 'k1');
    await send(await open(), [{ n: 'last' }], 'k2');

    const list = await server.redis.lrange('logs', 0, -1);
    expect(list).toEqual([...records, { n: 'last' }].map((record) => JSON.stringify(record)));
    expect(await server.redis.pttl('{logs}:once:k1')).toBeGreaterThan(6 * 24 * 3_600_000);
  });

  it('adds each batch to a stream once', async () => {
    const sender = await open({ redis_datatype: 'stream', redis_stream_max: '1000' });
    await send(sender, [{ n: 1 }, { n: 2 }], 'k');
    await send(sender, [{ n: 1 }, { n: 2 }], 'k');

    const entries = await server.redis.xrange('logs', '-', '+');
    expect(entries.map(([, fields]) => fields)).toEqual([
      ['record', '{"n":1}'],
      ['record', '{"n":2}'],
    ]);
  });

  it('publishes to a channel, and sets strings under keys of their own', async () => {
    const heard: string[] = [];
    const listener = server.redis.duplicate();
    listener.on('message', (_, message) => heard.push(message));
    await listener.subscribe('logs');
    await send(await open({ redis_datatype: 'channel' }), [{ n: 1 }], 'k');
    await waitFor('a message', () => heard.length > 0);
    listener.disconnect();
    expect(heard).toEqual(['{"n":1}']);

    const strings = await open({
      redis_datatype: 'string',
      redis_key: 'u:',
      redis_key_field: 'id',
    });
    await send(
      strings,
      [
        { id: 7, n: 1 },
        { id: 7, n: 2 },
      ],
      'k',
    );
    expect(await server.redis.get('u:7')).toBe('{"id":7,"n":2}');
    await expect(send(strings, [{ n: 1 }], 'k')).rejects.toBeInstanceOf(RecordsRefused);
  });

  it('says that the server is away, and that it does not let it in', async () => {
    const away = await open({ redis_address: '127.0.0.1:1' });
    await expect(send(away, [{}], 'k')).rejects.toMatchObject({ kind: 'unavailable' });

    await server.redis.set('logs', 'a string');
    await expect(send(await open(), [{}], 'k')).rejects.toMatchObject({ kind: 'invalid' });
    expect(await server.redis.exists('{logs}:once:k')).toBe(0);
  });
});
