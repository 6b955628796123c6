import { isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hostForOthers, isLoopback, urlOf } from './own-address.ts';

describe('hostForOthers', () => {
  it('tells the host that is listened on', () => {
    expect(hostForOthers('10.0.0.7')).toBe('10.0.0.7');
  });

  it.each(['', '0.0.0.0', '::'])('never tells %j, which nobody can call', (host) => {
    expect(isIPv4(hostForOthers(host))).toBe(true);
    expect(hostForOthers(host)).not.toBe('0.0.0.0');
  });
});

describe('isLoopback', () => {
  it.each([
    { host: '127.0.0.1', expected: true },
    { host: '127.1.2.3', expected: true },
    { host: 'localhost', expected: true },
    { host: '::1', expected: true },
    { host: '', expected: false },
    { host: '0.0.0.0', expected: false },
    { host: '192.168.0.2', expected: false },
  ])('$host: $expected', ({ host, expected }) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('urlOf', () => {
  it('puts IPv6 into brackets', () => {
    expect(urlOf('https', '::1', 4000)).toBe('https://[::1]:4000');
    expect(urlOf('http', '127.0.0.1', 4000)).toBe('http://127.0.0.1:4000');
  });
});
