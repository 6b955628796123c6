import { afterEach, describe, expect, it } from 'vitest';
import { FleetProcess, freePort, type Json } from '../support/fleet-process.ts';
import { waitFor } from '../support/wait-for.ts';

describe('an agent that looks for its masters', () => {
  const processes: FleetProcess[] = [];
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.remove()));
  });

  const start = async (cluster: object, more: object = {}): Promise<FleetProcess> => {
    const bind_host = `127.0.0.1:${await freePort()}`;
    const fleet = await FleetProcess.start({ bind_host, cluster, ...more });
    processes.push(fleet);
    return fleet;
  };

  it('enrols once, is known to the master that it has found, and finds it again after a restart', async () => {
    const secret = 'a-secret-of-the-cluster';
    const master = await start(
      { enable: true, is_master: true, secret },
      { auth: { accounts: true } },
    );
    const password = /admin secret: (\S+)/.exec(master.output)?.[1];
    const login = await master.ask('POST', '/auth/login', { username: 'admin', password });
    const authorization = `Bearer ${login.body.data.token}`;
    const offered = await master.ask(
      ...(['POST', '/auth/enrolments', { services: ['logkit-agent'] }, { authorization }] as const),
    );
    const agent = await start({
      ...{ enable: true, heartbeat_ms: 200 },
      discovery: { urls: [master.url], enrol_token: offered.body.data.token },
    });
    const isKnown = () =>
      waitFor('that the master knows the agent', async () => {
        const { body } = await master.ask('GET', '/logkit/cluster/slaves', undefined, {
          authorization,
        });
        const slaves: Json[] = body.data;
        return slaves.some(({ url, status }) => url === agent.url && status === 'ok');
      });
    await isKnown();

    await agent.end();
    await agent.run();
    await isKnown();
    const { body } = await master.ask('GET', '/auth/clients', undefined, { authorization });
    expect(body.data).toMatchObject([{ services: ['logkit-agent'] }]);
  });
});
