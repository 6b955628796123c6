import { describe, expect, it } from 'vitest';
import { nodeAddress, redisTarget } from './redis-place.ts';

describe('where Redis is', () => {
  it.each([
    {
      url: 'redis://a',
      is: { address: 'redis://a:6379/0', nodes: [{ host: 'a', port: 6379 }], db: 0, access: {} },
    },
    {
      url: 'rediss://me:p%40ss@a:1,b,[::1]:3/2',
      is: {
        address: 'rediss://a:1,b:6379,[::1]:3/2',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 6379 },
          { host: '::1', port: 3 },
        ],
        db: 2,
        access: { username: 'me', password: 'p@ss', tls: { rejectUnauthorized: true } },
      },
    },
  ])('is read from $url', ({ url, is }) => {
    expect(redisTarget({ url })).toEqual({ ...is, timeoutMs: 5_000 });
  });

  it.each([
    { url: 'redis://a:1,,b:2', why: 'a host is missing' },
    { url: 'redis://a:1,b:x/0', why: 'a port is none' },
    { url: 'http://a:1,b:2', why: 'it is another protocol' },
    { url: 'redis://', why: 'there is no host' },
  ])('is refused as $url: $why', ({ url }) => {
    expect(() => redisTarget({ url })).toThrow('the URL of Redis must be redis://');
  });

  it('is told of one node without the password', () => {
    const target = redisTarget({ url: 'rediss://me:secret@a,b/1' });

    expect(nodeAddress(target, { host: '::1', port: 7 })).toBe('rediss://[::1]:7/1');
    expect(target.address).not.toContain('secret');
  });
});
