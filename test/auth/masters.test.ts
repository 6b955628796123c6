import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authPlace, openAuthDocument } from '../../shared/auth/auth-place.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { MemoryDocument } from '../../shared/stores/documents/memory-document.ts';
import type { PartitionPlace } from '../../shared/stores/partitions/open-partition-store.ts';
import { AuthRig } from '../support/auth-rig.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const PASSWORD = 'correct horse battery';

type Places = Readonly<Record<string, () => Promise<Place>>>;
interface Place extends AsyncDisposable {
  readonly place: PartitionPlace;
}

const PLACES: Places = {
  async sqlite() {
    const dir = await mkdtemp(join(tmpdir(), 'auth-'));
    return {
      place: authPlace(null, dir),
      [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
    };
  },
  async redis() {
    const server = await RedisServerProcess.start();
    const shared: PartitionPlace = { type: 'redis', url: `redis://${server.address}` };
    return { place: authPlace(shared, '/'), [Symbol.asyncDispose]: () => server.stop() };
  },
  async etcd() {
    const server = await EtcdServer.start();
    const shared: PartitionPlace = { type: 'etcd', url: server.host };
    return { place: authPlace(shared, '/'), [Symbol.asyncDispose]: () => server.stop() };
  },
};

describe.each(Object.keys(PLACES))('two masters that share %s', (type) => {
  const clock = new FakeClock();
  let place: Place;
  let masters: readonly [AuthRig, AuthRig];

  beforeAll(async () => {
    const made = await PLACES[type]?.();
    if (made === undefined) throw new Error(type);
    place = made;
    const start = async () =>
      AuthRig.start({ document: await openAuthDocument(place.place) }, clock);
    masters = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    for (const master of masters) await master[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const verify = async (master: AuthRig, token: string): Promise<number> =>
    (await master.call('GET', '/auth/verify', { token })).body.code;
  const admin = (): Promise<string> => {
    const [one, other] = masters;
    return one.login('admin', one.adminSecret || other.adminSecret);
  };

  it('begin with one admin, though they start at once', async () => {
    expect(masters.flatMap(({ printed }) => printed)).toHaveLength(1);
    const [one, other] = masters;
    const token = await admin();
    expect(await verify(one, token)).toBe(20_000);
    expect(await verify(other, token)).toBe(20_000);
  });

  it('have the same users, at once for whoever logs in and within a second for the rest', async () => {
    const [one, other] = masters;
    const token = await admin();
    const body = { username: 'bob', password: PASSWORD };
    await one.call('POST', '/auth/users', { token, body });
    clock.advance(200);
    const bobs = await other.login('bob', PASSWORD);
    expect(await verify(one, bobs)).toBe(20_000);
    await one.look();
    const { body: list } = await other.call('GET', '/auth/users', { token });
    expect(list.data).toMatchObject([{ username: 'admin' }, { username: 'bob' }]);
  });

  it('take what is revoked at one for void at the other', async () => {
    const [one, other] = masters;
    const [token, leaving] = [await admin(), await one.login('bob', PASSWORD)];
    for (const master of masters) expect(await verify(master, leaving)).toBe(20_000);
    await one.call('POST', '/auth/logout', { token: leaving });
    await other.look();
    expect(await verify(other, leaving)).toBe(40_100);

    const stolen = await other.login('bob', PASSWORD);
    expect(await verify(one, stolen)).toBe(20_000);
    await other.call('POST', '/auth/revoke', { token, body: { subject: 'bob' } });
    await one.look();
    expect(await verify(one, stolen)).toBe(40_100);
  });

  it('take tokens of a key that the other has begun with just now', async () => {
    const [one, other] = masters;
    const token = await admin();
    const { body } = await one.call('POST', '/auth/keys/rotate', { token });
    const fresh = await admin();
    expect(decodeProtectedHeader(fresh).kid).toBe(body.data.kid);
    clock.advance(200);
    expect(await verify(other, fresh)).toBe(20_000);
  });

  it('lose no change, though both make many at once', async () => {
    const token = await admin();
    const names = Array.from({ length: 20 }, (_, nth) => `client-of-${nth}`);
    const [one, other] = masters;
    await Promise.all(
      names.map((name, nth) => {
        const master = nth % 2 === 0 ? one : other;
        return master.call('POST', '/auth/clients', { token, body: { name, services: ['a'] } });
      }),
    );
    for (const master of masters) await master.look();
    for (const master of masters) {
      const { body } = await master.call('GET', '/auth/clients', { token });
      const found: string[] = body.data.map(({ name }: { name: string }) => name);
      expect(found.toSorted()).toEqual(names.toSorted());
    }
  });
});

it('a file of accounts is for its owner alone, and holds no secret that was shown', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'auth-'));
  await using rig = await AuthRig.start({ document: await openAuthDocument(authPlace(null, dir)) });
  const token = await rig.admin();
  const { secret } = await rig.client(token, ['a']);
  const files = await readdir(dir);
  expect(files).toContain('auth.db');
  for (const name of files) {
    const path = join(dir, name);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const bytes = await readFile(path);
    for (const shown of [rig.adminSecret, secret, token]) expect(bytes.includes(shown)).toBe(false);
  }
  await rm(dir, { recursive: true });
});

it('a master that begins without its store asks for patience, until it is there', async () => {
  const place = { isThere: false };
  const clock = new FakeClock();
  await using rig = await AuthRig.start({
    open: async () => {
      if (!place.isThere) throw new AppError('unavailable', 'the store is away');
      return new MemoryDocument(clock);
    },
  });
  const body = { username: 'admin', password: PASSWORD };
  expect((await rig.call('POST', '/auth/login', { body })).body).toEqual({
    ...{ code: 50_000, msg: 'accounts are not known yet: the store is away', data: null },
  });
  expect(rig.printed).toEqual([]);
  place.isThere = true;
  await rig.look();
  await waitFor('the first admin', () => rig.printed.length === 1);
  const token = await rig.admin();
  expect((await rig.call('GET', '/auth/verify', { token })).body.code).toBe(20_000);
});

it('accounts whose store is away are not known, until it is there', async () => {
  const server = await RedisServerProcess.start();
  await using rig = await AuthRig.start({
    document: await openAuthDocument(
      authPlace({ type: 'redis', url: `redis://${server.address}` }, '/'),
    ),
  });
  const token = await rig.admin();
  await server.stop();
  await rig.look();
  expect((await rig.call('GET', '/auth/verify', { token })).body.code).toBe(20_000);
  const body = { username: 'bob', password: PASSWORD };
  const refused = await rig.call('POST', '/auth/users', { token, body });
  expect(refused.body).toMatchObject({ code: 50_000, data: null });
  expect(rig.logged).toContainEqual(expect.objectContaining({ msg: 'accounts cannot be read' }));
});
