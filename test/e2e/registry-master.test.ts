import { afterEach, describe, expect, it } from 'vitest';
import { EventStream } from '../support/event-stream.ts';
import { FleetProcess, freePort, type Json } from '../support/fleet-process.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const MASTER = { cluster: { enable: true, is_master: true } };
const INSTANCES = 50;

describe('a master', () => {
  let fleet: FleetProcess | null = null;
  let admin = '';
  afterEach(() => fleet?.remove());

  const start = async (config: object): Promise<FleetProcess> => {
    fleet = await startMaster(config);
    return fleet;
  };
  const data = async (
    master: FleetProcess,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Json> => {
    const answer = await master.ask(method, path, body, { authorization: admin });
    expect(answer.body).toMatchObject({ code: 20_000 });
    return answer.body.data;
  };

  it('loses nothing that was registered when it is killed, and leaves when it is stopped', async () => {
    const master = await start({ idc: 'dc-1', zone: 'z-1', registry: { lease_ttl_seconds: 5 } });
    admin = await logIn(master, secretOf(master));
    const own = await waitFor('the master itself', async () => {
      const found: Json[] = await data(master, 'GET', '/registry/discovery/logkit-master');
      return found[0];
    });
    expect(own).toMatchObject({ zone: 'z-1', protocol: 'http', metadata: { idc: 'dc-1' } });
    expect(`http://${own.address}`).toBe(master.url);

    const registered = Array.from({ length: INSTANCES }, (_, n) =>
      data(master, 'POST', '/registry/services', { name: 'kept', address: `10.0.0.1:${n + 1}` }),
    );
    const ids: readonly string[] = (await Promise.all(registered)).map(({ id }) => id);
    expect(await master.end('SIGKILL')).toBeNull();

    await master.run();
    // Tokens outlive the process, too.
    const kept: Json[] = await data(master, 'GET', '/registry/discovery/kept?all=true');
    expect(kept.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await data(master, 'PUT', '/registry/renew', { ids })).toMatchObject({ unknown: [] });

    const events = await fetch(`${master.url}/registry/watch/logkit-master`, {
      headers: { authorization: admin },
    });
    expect(await master.end()).toBe(0);
    const told = await events.text();
    expect(told).toContain('event: snapshot');

    await master.run();
    const again: Json[] = await waitFor('the master again', async () => {
      const found: Json[] = await data(master, 'GET', '/registry/discovery/logkit-master?all=true');
      return found.length > 0 && found;
    });
    expect(again).toMatchObject([{ id: own.id, incarnation: 1 }]);
  });

  it('starts, serves the rest and stops while the store is away, and says so', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const master = await start({ store: { type: 'redis', url } });

    expect((await master.get('/logkit/cluster/ping')).status).toBe(200);
    await waitFor('that it says so', async () =>
      master.output.includes('cannot be registered yet'),
    );
    const answer = await master.get('/registry/openapi.json');
    expect(answer.body).toMatchObject({ openapi: '3.1.0' });
    expect(await master.end()).toBe(0);
  });
});

it('two masters over one Redis serve one registry, each what the other is told', async () => {
  const redis = await RedisServerProcess.start();
  const store = { type: 'redis', url: `redis://127.0.0.1:${redis.port}` };
  const [one, other] = [await startMaster({ store }), await startMaster({ store })];
  try {
    const admin = await logIn(one, secretOf(one));
    const ask = async (master: FleetProcess, method: string, path: string, body?: unknown) => {
      const answer = await master.ask(method, path, body, { authorization: admin });
      expect(answer.body).toMatchObject({ code: 20_000 });
      return answer.body.data;
    };
    const stream = await EventStream.open(`${other.url}/registry/watch/web`, {
      authorization: admin,
    });
    await stream.first(1);
    const body = { id: 'web-1', name: 'web', address: '10.0.0.1:80' };
    await ask(one, 'POST', '/registry/services', body);
    const [, change] = await stream.first(2);
    expect(change).toMatchObject({ event: 'change', data: { instances: [{ id: 'web-1' }] } });

    expect(await ask(other, 'PUT', '/registry/services/web-1/renew')).toBe('服务续约成功');
    await waitFor('both masters', async () => {
      const masters: Json[] = await ask(one, 'GET', '/registry/discovery/logkit-master');
      return masters.length === 2;
    });
    await ask(one, 'DELETE', '/registry/services/web-1');
    const [, , removal] = await stream.first(3);
    expect(removal?.data.removed).toEqual(['web-1']);
    expect(await other.end()).toBe(0);
    expect(await ask(one, 'GET', '/registry/discovery/logkit-master?all=true')).toHaveLength(1);
  } finally {
    await Promise.all([one.remove(), other.remove()]);
    await redis.stop();
  }
});

async function startMaster(config: object): Promise<FleetProcess> {
  return FleetProcess.start({ ...MASTER, bind_host: `127.0.0.1:${await freePort()}`, ...config });
}

async function logIn(master: FleetProcess, secret: string): Promise<string> {
  const { body } = await master.ask('POST', '/auth/login', { username: 'admin', password: secret });
  return `Bearer ${body.data.token}`;
}

function secretOf(master: FleetProcess): string {
  return /admin secret: (\S+)/.exec(master.output)?.[1] ?? '';
}
