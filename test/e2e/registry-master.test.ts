import { afterEach, describe, expect, it } from 'vitest';
import { FleetProcess, freePort, type Json } from '../support/fleet-process.ts';
import { waitFor } from '../support/wait-for.ts';

const MASTER = { cluster: { enable: true, is_master: true } };
const INSTANCES = 50;

describe('a master', () => {
  let fleet: FleetProcess | null = null;
  let admin = '';
  afterEach(() => fleet?.remove());

  const start = async (config: object): Promise<FleetProcess> => {
    fleet = await FleetProcess.start({
      ...{ ...MASTER, bind_host: `127.0.0.1:${await freePort()}` },
      ...config,
    });
    return fleet;
  };
  const logIn = async (master: FleetProcess, secret: string): Promise<string> => {
    const { body } = await master.ask('POST', '/auth/login', { username: 'admin', password: secret });
    return `Bearer ${body.data.token}`;
  };
  const secretOf = (master: FleetProcess): string =>
    /admin secret: (\S+)/.exec(master.output)?.[1] ?? '';
  const data = async (master: FleetProcess, method: string, path: string, body?: unknown): Promise<Json> => {
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
    await waitFor('that it says so', async () => master.output.includes('cannot be registered yet'));
    const answer = await master.get('/registry/openapi.json');
    expect(answer.body).toMatchObject({ openapi: '3.1.0' });
    expect(await master.end()).toBe(0);
  });
});
