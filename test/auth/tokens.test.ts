import { createHmac, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authDocumentOf } from '../../shared/auth/auth-document.ts';
import { AuthRig } from '../support/auth-rig.ts';

const MINUTE_MS = 60_000;

describe('a token', () => {
  let rig: AuthRig;
  let admin: string;

  beforeAll(async () => {
    rig = await AuthRig.start();
    admin = await rig.admin();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const verify = async (token: string) => {
    const { body } = await rig.call('GET', '/auth/verify', { token });
    return body;
  };

  /** What the store has of the key that signs, which a forger does not. */
  async function signingKey() {
    const { text } = await rig.document.read({ revision: -1, locks: [] });
    const [key] = authDocumentOf(text ?? '').keys;
    if (key === undefined) throw new Error('no key');
    return key;
  }

  /** One that is right but for what `change` says of it. */
  async function made(change: {
    claims?: object;
    header?: object;
    key?: { x: string; d: string };
  }): Promise<string> {
    const { kid, x, d } = await signingKey();
    const key = await importJWK(
      { kty: 'OKP', crv: 'Ed25519', ...(change.key ?? { x, d }) },
      'EdDSA',
    );
    const claims = { ...decodeJwt(admin), jti: 'made', ...change.claims };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT', ...change.header })
      .sign(key);
  }

  const withParts = (header: object, signature: string): string => {
    const [, payload = ''] = admin.split('.');
    return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`;
  };

  it('says who its bearer is, by an EdDSA signature, for an hour', async () => {
    expect(decodeProtectedHeader(admin)).toMatchObject({ alg: 'EdDSA', typ: 'JWT' });
    const claims = decodeJwt(admin);
    expect(claims).toMatchObject({
      ...{ sub: 'admin', name: 'admin', iss: 'logkit-fleet', aud: 'logkit-fleet' },
      ...{ roles: ['admin'], services: null },
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(3_600);
    expect(await verify(admin)).toMatchObject({
      ...{ code: 20_000, msg: 'success' },
      data: { name: 'admin', roles: ['admin'], services: null, jti: claims.jti },
    });
  });

  it('is taken when it is made as it should be', async () => {
    expect(await verify(await made({}))).toMatchObject({ code: 20_000, data: { jti: 'made' } });
  });

  const nowS = () => Math.floor(rig.clock.now() / 1000);
  const stranger = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const refused: Record<string, () => Promise<string>> = {
    'that has expired': () => made({ claims: { iat: nowS() - 99, exp: nowS() - 31 } }),
    'that is not valid yet': () => made({ claims: { nbf: nowS() + 60 } }),
    'of a key that is not ours': () => made({ key: { x: stranger.x ?? '', d: stranger.d ?? '' } }),
    'of a key that nobody knows': () => made({ header: { kid: 'unknown' } }),
    'without a key': () => made({ header: { kid: undefined } }),
    'of a foreign issuer': () => made({ claims: { iss: 'aio-system' } }),
    'for a foreign audience': () => made({ claims: { aud: 'aio-api' } }),
    'without an end': () => made({ claims: { exp: undefined } }),
    'without a name of its own': () => made({ claims: { jti: undefined } }),
    'that does not say for which services': () => made({ claims: { services: undefined } }),
    'of an epoch that is yet to come': () => made({ claims: { epoch: 999 } }),
    'of somebody who is not there': () => made({ claims: { sub: 'nobody' } }),
    'of another type': () => made({ header: { typ: 'at+jwt' } }),
    'that must be understood in a way that is not known here': () =>
      made({ header: { crit: ['exp'], exp: 1 } }).catch(async () =>
        withParts({ alg: 'EdDSA', kid: (await signingKey()).kid, typ: 'JWT', crit: ['b64'] }, 'AA'),
      ),
    'that is not signed (alg none)': async () => withParts({ alg: 'none', typ: 'JWT' }, ''),
    'that is not signed, and says so with a signature': async () =>
      withParts({ alg: 'none', typ: 'JWT', kid: (await signingKey()).kid }, 'AA'),
    'that brings its own key': async () =>
      made({
        key: { x: stranger.x ?? '', d: stranger.d ?? '' },
        header: { jwk: { kty: 'OKP', crv: 'Ed25519', x: stranger.x } },
      }),
    'whose text was changed': async () => {
      const [header = '', payload = '', signature = ''] = admin.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const changed = Buffer.from(JSON.stringify({ ...claims, name: 'root' }));
      return `${header}.${changed.toString('base64url')}.${signature}`;
    },
    'that is no token at all': async () => 'not-a-token',
    'that is far too long': async () => `${admin.slice(0, -4)}${'A'.repeat(9_000)}`,
  };

  it.each(Object.keys(refused))('is refused: one %s', async (why) => {
    const token = await refused[why]?.();
    expect(await verify(token ?? '')).toEqual({ code: 40_100, msg: '无效的认证令牌', data: null });
  });

  it.each(['raw', 'base64url'] as const)(
    'is refused when the public key (%s) was used as a password to sign it with',
    async (form) => {
      const { kid, x } = await signingKey();
      const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid, typ: 'JWT' }));
      const text = `${header.toString('base64url')}.${admin.split('.')[1] ?? ''}`;
      const key = form === 'raw' ? Buffer.from(x, 'base64url') : x;
      const signature = createHmac('sha256', key).update(text).digest('base64url');
      expect(await verify(`${text}.${signature}`)).toMatchObject({ code: 40_100 });
    },
  );

  it('is taken with any case of the scheme, and without one', async () => {
    for (const authorization of [`bearer ${admin}`, `BEARER  ${admin}`, admin]) {
      const { body } = await rig.call('GET', '/auth/verify', { headers: { authorization } });
      expect(body).toMatchObject({ code: 20_000 });
    }
  });

  it('has to be there', async () => {
    const { status, body } = await rig.call('GET', '/auth/verify');
    expect(status).toBe(200);
    expect(body).toEqual({ code: 40_100, msg: '未提供认证令牌', data: null });
  });

  it('of one who is no admin is refused by the rows of admins', async () => {
    const { token } = await rig.client(admin, ['orders'], ['admin']);
    const { body } = await rig.call('GET', '/auth/users', { token });
    expect(body).toEqual({ code: 40_300, msg: '需要管理员权限', data: null });
  });

  it('ends with its hour, also when it was seen before', async () => {
    const token = await rig.admin();
    expect(await verify(token)).toMatchObject({ code: 20_000 });
    rig.clock.advance(61 * MINUTE_MS);
    expect(await verify(token)).toMatchObject({ code: 40_100 });
    admin = await rig.admin();
  });

  it('is void when it was logged out, and no other is', async () => {
    const [one, other] = [await rig.admin(), await rig.admin()];
    expect(await verify(one)).toMatchObject({ code: 20_000 });
    await rig.call('POST', '/auth/logout', { token: one });
    expect(await verify(one)).toMatchObject({ code: 40_100 });
    expect(await verify(other)).toMatchObject({ code: 20_000 });
  });

  it('is void when an admin has named it, or its subject', async () => {
    const { id, token, secret } = await rig.client(admin, ['orders']);
    const login = async (): Promise<string> => {
      const body = { client_id: id, client_secret: secret };
      return (await rig.call('POST', '/auth/client', { body })).body.data.access_token;
    };
    const [named, another] = [await login(), await login()];
    const revoke = (body: object) => rig.call('POST', '/auth/revoke', { token: admin, body });

    await revoke({ jti: decodeJwt(named).jti });
    expect(await verify(named)).toMatchObject({ code: 40_100 });
    expect(await verify(another)).toMatchObject({ code: 20_000 });

    await revoke({ subject: id });
    for (const old of [token, another]) expect(await verify(old)).toMatchObject({ code: 40_100 });
    expect(await verify(await login())).toMatchObject({ code: 20_000 });
  });

  it('of an old key is good to its end, and no longer than the key when that is dropped', async () => {
    const before = await rig.admin();
    const rotate = (body?: object) =>
      rig.call('POST', '/auth/keys/rotate', { token: admin, ...(body && { body }) });
    const { kid } = (await rotate()).body.data;
    const after = await rig.admin();
    expect(decodeProtectedHeader(after).kid).toBe(kid);
    for (const token of [before, after])
      expect(await verify(token)).toMatchObject({ code: 20_000 });

    await rotate({ drop_old: true });
    for (const token of [before, after])
      expect(await verify(token)).toMatchObject({ code: 40_100 });
    admin = await rig.admin();
    expect(await verify(admin)).toMatchObject({ code: 20_000 });
  });

  it('is signed by a new key when the old one has signed for its days', async () => {
    const { kid } = decodeProtectedHeader(admin);
    rig.clock.advance(31 * 24 * 60 * MINUTE_MS);
    await rig.look();
    admin = await rig.admin();
    expect(decodeProtectedHeader(admin).kid).not.toBe(kid);
  });
});
