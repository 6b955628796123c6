import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from '../kernel/errors.ts';
import { AccessControl } from './auth.ts';
import { type SignedRequest, signRequest } from './peer-signature.ts';
import type { Access } from './route.ts';

const request: SignedRequest = { method: 'POST', pathAndQuery: '/x?y=1', body: '{}' };
const nonce = 'ab'.repeat(16);

function access({ clusterSecret = '', userToken = '' }, clock = new FakeClock()) {
  const control = new AccessControl({ clusterSecret, userToken, clock });
  /** What a server does: true, or the message of the refusal. */
  return (level: Access, authorization?: string, sent = request): true | string => {
    try {
      const admitted = control.admit(level, authorization);
      if (admitted instanceof Promise) throw new Error('no token can be right here');
      const { signature } = admitted;
      if (signature !== null) control.verify(signature, sent);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      expect(thrown).toMatchObject({ kind: 'forbidden', details: { status: 401 } });
      return thrown.message;
    }
  };
}

describe('AccessControl', () => {
  it('lets everybody call everything when no secret is set', () => {
    const may = access({});

    expect(may('peer')).toBe(true);
    expect(may('user', 'Bearer whatever')).toBe(true);
  });

  it.each<{ level: Access; token: string; secrets: 'both' | 'token' | 'secret'; may: boolean }>([
    { level: 'open', token: 'wrong', secrets: 'both', may: true },
    { level: 'peer', token: 'peers', secrets: 'both', may: true },
    { level: 'peer', token: 'users', secrets: 'both', may: false },
    { level: 'peer', token: 'wrong', secrets: 'both', may: false },
    { level: 'user', token: 'peers', secrets: 'both', may: true },
    { level: 'user', token: 'users', secrets: 'both', may: true },
    { level: 'user', token: 'wrong', secrets: 'both', may: false },
    { level: 'peer', token: 'wrong', secrets: 'token', may: true },
    { level: 'user', token: 'users', secrets: 'token', may: true },
    { level: 'user', token: 'wrong', secrets: 'token', may: false },
    { level: 'user', token: 'peers', secrets: 'secret', may: true },
    { level: 'user', token: 'wrong', secrets: 'secret', may: false },
  ])('with $secrets set, $level and the token $token: $may', ({ level, token, secrets, may }) => {
    const decide = access({
      ...(secrets !== 'token' && { clusterSecret: 'peers' }),
      ...(secrets !== 'secret' && { userToken: 'users' }),
    });

    expect(decide(level, `Bearer ${token}`) === true).toBe(may);
    expect(decide(level) === true).toBe(
      level === 'open' || (level === 'peer' && secrets === 'token'),
    );
  });

  it('says what is missing or wrong', () => {
    const may = access({ clusterSecret: 'peers', userToken: 'users' });

    expect(may('user')).toBe(
      'unauthorized: this call needs an Authorization header (the auth.token or the cluster.secret)',
    );
    expect(may('peer', 'Bearer x')).toBe(
      'unauthorized: the Bearer token is not the cluster.secret',
    );
    expect(may('peer', 'Basic x')).toMatch(/neither a Bearer token nor a valid signature/);
  });

  it('takes the scheme of a Bearer token in any case', () => {
    expect(access({ clusterSecret: 'peers' })('peer', 'bearer peers')).toBe(true);
  });

  it('takes a signed request once', () => {
    const clock = new FakeClock();
    const may = access({ clusterSecret: 'peers' }, clock);
    const header = signRequest('peers', request, { nowS: clock.now() / 1000, nonce });

    expect(may('peer', header)).toBe(true);
    expect(may('peer', header)).toMatch(/used before/);
  });

  it('forgets a nonce only when its signature is too old anyhow', () => {
    const clock = new FakeClock();
    const may = access({ clusterSecret: 'peers' }, clock);
    const header = signRequest('peers', request, { nowS: clock.now() / 1000 + 299, nonce });
    expect(may('peer', header)).toBe(true);

    clock.advance(599_000);
    expect(may('peer', header)).toMatch(/used before/);
    clock.advance(2_000);
    expect(may('peer', header)).toMatch(/301 s|302 s/);
  });

  it('does not remember the nonce of a signature that is wrong', () => {
    const clock = new FakeClock();
    const may = access({ clusterSecret: 'peers' }, clock);
    const stamp = { nowS: clock.now() / 1000, nonce };

    expect(may('peer', signRequest('guess', request, stamp))).toMatch(/does not match/);
    expect(may('peer', signRequest('peers', request, stamp))).toBe(true);
  });

  it.each<{ skewS: number; answer: RegExp | true }>([
    { skewS: 300, answer: true },
    { skewS: -300, answer: true },
    { skewS: 301, answer: /caller's clock is 301 s ahead of this machine's, at most 300 s/ },
    { skewS: -412, answer: /caller's clock is 412 s behind this machine's/ },
  ])('names the difference of two clocks: $skewS s', ({ skewS, answer }) => {
    const clock = new FakeClock();
    const header = signRequest('peers', request, { nowS: clock.now() / 1000 + skewS, nonce });

    const said = access({ clusterSecret: 'peers' }, clock)('peer', header);

    if (answer === true) expect(said).toBe(true);
    else expect(said).toMatch(answer);
  });

  it('takes no signature where only users have a secret', () => {
    const clock = new FakeClock();
    const header = signRequest('', request, { nowS: clock.now() / 1000, nonce });

    expect(access({ userToken: 'users' }, clock)('user', header)).toMatch(/neither/);
  });
});
