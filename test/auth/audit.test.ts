import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthRig } from '../support/auth-rig.ts';
import { waitFor } from '../support/wait-for.ts';

const PASSWORD = 'correct horse battery';

describe('the log of a master', () => {
  let rig: AuthRig;
  let token: string;

  beforeAll(async () => {
    rig = await AuthRig.start();
    token = await rig.admin();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  /** The line of the next call that is made. */
  async function lineOf(call: () => Promise<unknown>) {
    const before = rig.logged.length;
    await call();
    const line = await waitFor('its line', () => rig.logged[before]);
    expect(rig.logged).toHaveLength(before + 1);
    return line;
  }

  it('has a line for each call of an admin: who, what, from where, and what came of it', async () => {
    const body = { username: 'bob', password: PASSWORD };
    expect(await lineOf(() => rig.call('POST', '/auth/users', { token, body }))).toMatchObject({
      ...{ audit: true, who: 'admin', how: 'token', what: 'POST /auth/users', from: '127.0.0.1' },
      ...{ subject: 'bob', outcome: 'done' },
    });
    expect(await lineOf(() => rig.call('DELETE', '/auth/users/x', { token }))).toMatchObject({
      ...{ what: 'DELETE /auth/users/:username', params: { username: 'x' } },
      outcome: 'refused: not_found',
    });
  });

  it('has one for each that was refused', async () => {
    const body = { username: 'bob', password: 'a wrong password' };
    expect(await lineOf(() => rig.call('POST', '/auth/login', { body }))).toMatchObject({
      ...{ audit: true, who: 'anybody', what: 'POST /auth/login', from: '127.0.0.1' },
      ...{ subject: 'bob', outcome: 'refused: forbidden (401)' },
    });
    expect(await lineOf(() => rig.call('GET', '/auth/verify', { token: 'a.b.c' }))).toMatchObject({
      ...{ who: 'anybody', what: 'GET /auth/verify', outcome: 'refused: forbidden (401)' },
    });
    const bobs = await rig.login('bob', PASSWORD);
    expect(await lineOf(() => rig.call('GET', '/auth/clients', { token: bobs }))).toMatchObject({
      ...{ what: 'GET /auth/clients', outcome: 'refused: forbidden (403)' },
    });
  });

  it('has none for each that looks at its own token', async () => {
    const before = rig.logged.length;
    await rig.call('GET', '/auth/verify', { token });
    expect(rig.logged).toHaveLength(before);
  });

  it('never has a secret or a token in it, nor what was given for a user name', async () => {
    const client = await rig.client(token, ['orders']);
    const offer = { services: ['logkit-agent'] };
    const offered = await rig.call('POST', '/auth/enrolments', { token, body: offer });
    const enrol = { token: offered.body.data.token, name: 'web-1' };
    const made = await rig.call('POST', '/auth/enrol', { body: enrol });
    await rig.call('POST', '/auth/enrol', { body: enrol });
    const slip = { username: 'pass-that-slipped', password: '' };
    await rig.call('POST', '/auth/login', { body: slip });
    await rig.call('POST', '/auth/login', { body: `{"username":"bob","password":"half-typed` });
    await rig.call('PUT', '/auth/users/bob', { token, body: { 'pass-as-a-key': 1 } });

    const lines = JSON.stringify(rig.logged);
    const secrets: string[] = [
      ...[rig.adminSecret, token, PASSWORD, client.secret, client.token, enrol.token],
      ...[made.body.data.client_secret, 'pass-that-slipped', 'half-typed', 'pass-as-a-key'],
    ];
    for (const secret of secrets) expect(lines).not.toContain(secret);
    expect(lines).toContain(made.body.data.client_id);
  });
});
