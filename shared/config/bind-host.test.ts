import { describe, expect, it } from 'vitest';
import { parseBindHost } from './bind-host.ts';

describe('parseBindHost', () => {
  it.each([
    { text: '127.0.0.1:3000', host: '127.0.0.1', port: 3000 },
    { text: 'localhost:65535', host: 'localhost', port: 65_535 },
    { text: '[::1]:3000', host: '::1', port: 3000 },
    { text: ':4000', host: '', port: 4000 },
    { text: '0.0.0.0:0', host: '0.0.0.0', port: 0 },
  ])('reads $text', ({ text, host, port }) => {
    expect(parseBindHost(text)).toEqual({ host, port });
  });

  it.each(['', '3000', 'localhost', 'a:65536', '::1:3000', 'http://a:1', 'a b:1', 'a:-1', '[x]:1'])(
    'refuses %j',
    (text) => {
      expect(parseBindHost(text)).toBeNull();
    },
  );
});
