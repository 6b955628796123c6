import { errors } from 'undici';
import { describe, expect, it } from 'vitest';
import { goError } from './go-errors.ts';

describe('goError', () => {
  function failure(code: string, rest: object = {}): Error {
    return Object.assign(new Error(`node says ${code}`), { code, ...rest });
  }

  const dialled = { address: '::1', port: 80 };

  it.each([
    {
      thrown: failure('EHOSTUNREACH', { address: '10.0.0.1', port: 80 }),
      words: 'dial tcp 10.0.0.1:80: connect: no route to host',
    },
    {
      thrown: new AggregateError([failure('ECONNREFUSED', dialled), failure('ETIMEDOUT')]),
      words: 'dial tcp [::1]:80: connect: connection refused',
    },
    { thrown: new errors.ConnectTimeoutError(), words: 'dial tcp h:80: i/o timeout' },
    { thrown: failure('ENOTFOUND'), words: 'dial tcp: lookup h: no such host' },
    {
      thrown: failure('EAI_AGAIN'),
      words: 'dial tcp: lookup h: temporary failure in name resolution',
    },
    {
      thrown: failure('CERT_HAS_EXPIRED'),
      words: 'tls: failed to verify certificate: x509: certificate has expired',
    },
    { thrown: failure('ESOMETHING'), words: 'node says ESOMETHING' },
  ])('says before the request was sent: $words', ({ thrown, words }) => {
    const failed = { method: 'PUT', url: 'http://me:pw@h/x', sent: false, answered: false };

    expect(goError(failed, thrown)).toMatchObject({
      kind: 'unavailable',
      message: `Put "http://h/x": ${words}`,
      details: { reached: false },
      cause: thrown,
    });
  });

  it.each([
    { thrown: failure('EPIPE'), words: 'write tcp h:443: write: broken pipe' },
    { thrown: failure('ECONNRESET'), words: 'read tcp h:443: read: connection reset by peer' },
    { thrown: failure('ETIMEDOUT'), words: 'read tcp h:443: read: connection timed out' },
    { thrown: new errors.HeadersOverflowError(), words: 'server response headers are too long' },
    { thrown: new errors.HTTPParserError('odd'), words: 'malformed HTTP response: odd' },
  ])('says after the request was sent: $words', ({ thrown, words }) => {
    const failed = { method: 'DELETE', url: 'https://h/x', sent: true, answered: false };

    expect(goError(failed, thrown)).toMatchObject({
      kind: 'unavailable',
      message: `Delete "https://h/x": ${words}`,
      details: { reached: true },
    });
  });
});
