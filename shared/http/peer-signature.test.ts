import { describe, expect, it } from 'vitest';
import { isSignedWith, parseSignature, type SignedRequest, signRequest } from './peer-signature.ts';

const request: SignedRequest = {
  method: 'POST',
  pathAndQuery: '/logkit/cluster/tag?a=1',
  body: '{"tag":"x"}',
};
const stamp = { nowS: 1_700_000_000, nonce: '00112233445566778899aabbccddeeff' };

function verify(header: string, changed: Partial<SignedRequest> = {}, secret = 's3cret'): boolean {
  const signature = parseSignature(header);
  return signature !== null && isSignedWith(secret, { ...request, ...changed }, signature);
}

describe('signRequest', () => {
  const header = signRequest('s3cret', request, stamp);

  it('has the form that the documentation shows', () => {
    expect(header).toMatch(
      /^LOGKIT-HMAC-SHA256 ts=1700000000,nonce=00112233445566778899aabbccddeeff,sig=[0-9a-f]{64}$/,
    );
  });

  it('is accepted for the request it was made for, as text or bytes', () => {
    expect(verify(header)).toBe(true);
    expect(verify(header, { body: Buffer.from('{"tag":"x"}') })).toBe(true);
  });

  it.each<{ changed: Partial<SignedRequest>; what: string }>([
    { changed: { method: 'PUT' }, what: 'method' },
    { changed: { pathAndQuery: '/logkit/cluster/tag?a=2' }, what: 'query' },
    { changed: { body: '{"tag":"y"}' }, what: 'body' },
  ])('is refused with another $what', ({ changed }) => {
    expect(verify(header, changed)).toBe(false);
  });

  it('is refused with another secret, time or nonce', () => {
    expect(verify(header, {}, 'other')).toBe(false);
    expect(verify(header.replace('1700000000', '1700000001'))).toBe(false);
    expect(verify(header.replace('0011', '0012'))).toBe(false);
  });
});

describe('parseSignature', () => {
  it.each([
    '',
    'Bearer abc',
    'LOGKIT-HMAC-SHA256 ts=1,nonce=00,sig=00',
    `LOGKIT-HMAC-SHA256 ts=x,nonce=${'0'.repeat(32)},sig=${'0'.repeat(64)}`,
    `LOGKIT-HMAC-SHA256 ts=1,nonce=${'0'.repeat(32)},sig=${'0'.repeat(65)}`,
    `LOGKIT-HMAC-SHA256 ts=1,nonce=${'0'.repeat(3200)},sig=${'0'.repeat(64)}`,
  ])('knows that %j is none', (header) => {
    expect(parseSignature(header)).toBeNull();
  });
});
