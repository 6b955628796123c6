import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthRig } from '../support/auth-rig.ts';

const RUNS = { numRuns: 60 };
const CODES = [40_000, 40_100, 40_300, 40_400];
const ROWS = [
  ...['POST /auth/login', 'POST /auth/client', 'POST /auth/enrol', 'POST /auth/users'],
  ...['PUT /auth/users/admin', 'POST /auth/clients', 'PUT /auth/clients/client-x'],
  ...['POST /auth/revoke', 'POST /auth/enrolments', 'POST /auth/keys/rotate'],
];

const KEYS = [
  'username',
  'password',
  'roles',
  'services',
  'name',
  'jti',
  'subject',
  'uses',
  'token',
];
const body = fc.oneof(
  fc.json(),
  fc.string(),
  // One key is never right, so that nothing is right by chance.
  fc
    .dictionary(fc.constantFrom(...KEYS), fc.jsonValue())
    .map((value) => JSON.stringify({ ...value, nobody: 0 })),
  fc.constantFrom('{"__proto__":{"a":1}}', '{"roles":["root"]}', '[]', 'null', '\0', '{"a":'),
);

describe('rows of authentication, whatever is sent to them', () => {
  let rig: AuthRig;
  let token: string;

  beforeAll(async () => {
    rig = await AuthRig.start();
    token = await rig.admin();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const revision = async () => (await rig.document.read({ revision: -1, locks: [] })).revision;

  async function expectRefusal(asked: ReturnType<AuthRig['call']>): Promise<void> {
    const { status, body: answer } = await asked;
    expect(status).toBe(200);
    expect(answer).toEqual({ code: expect.any(Number), msg: expect.any(String), data: null });
    expect(CODES).toContain(answer.code);
    expect(answer.msg).not.toBe('internal error');
  }

  it('refuse every body that is not what they ask for, and write nothing', async () => {
    const before = await revision();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ROWS), body, async (row, text) => {
        const [method = '', path = ''] = row.split(' ');
        // What is right by chance is no subject of this.
        fc.pre(!(path.endsWith('rotate') && /^\s*({\s*})?\s*$/.test(text)) && text !== '');
        fc.pre(!(method === 'PUT' && /^\s*{\s*}\s*$/.test(text)));
        await expectRefusal(rig.call(method, path, { token, body: text }));
      }),
      RUNS,
    );
    expect(await revision()).toBe(before);
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
  });

  it('refuse every Authorization that is not one they gave', async () => {
    const part = fc.stringMatching(/^[\w-]{0,40}$/);
    const header = fc.oneof(
      fc.stringMatching(/^[\x20-\x7e]{1,200}$/),
      fc.tuple(part, part, part).map((parts) => `Bearer ${parts.join('.')}`),
      fc.integer({ min: 0, max: 300 }).map((at) => {
        const last = token.length - 1;
        const place = Math.min(at, last - 1);
        const other = token[place] === 'A' ? 'B' : 'A';
        return `Bearer ${token.slice(0, place)}${other}${token.slice(place + 1)}`;
      }),
    );
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        await expectRefusal(rig.call('GET', '/auth/users', { headers: { authorization } }));
      }),
      RUNS,
    );
  });

  it('refuse every name that is none', async () => {
    const before = await revision();
    const right = /^(?!client-)[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('../x', 'a/b', 'client-1', ''),
    );
    await fc.assert(
      fc.asyncProperty(name, async (username) => {
        fc.pre(!right.test(username));
        const user = { username, password: 'long enough for all' };
        await expectRefusal(rig.call('POST', '/auth/users', { token, body: user }));
        const path = `/auth/users/${encodeURIComponent(username.toWellFormed()) || 'x'}`;
        fc.pre(!/^\.+$/.test(username));
        await expectRefusal(rig.call('DELETE', path, { token }));
      }),
      RUNS,
    );
    expect(await revision()).toBe(before);
  });
});
