import { FleetProcess, freePort, type Json } from './fleet-process.ts';
import { waitFor } from './wait-for.ts';

const HEARTBEAT_MS = 500;

/** A main configuration, as a file would say it. */
interface Config {
  readonly cluster?: object;
  readonly [key: string]: unknown;
}

/** Real processes that a test started, so that it can end them all. */
export class Cluster {
  readonly #processes: FleetProcess[] = [];

  async master({ cluster, ...config }: Config = {}): Promise<FleetProcess> {
    const port = await freePort();
    return this.#started({
      bind_host: `127.0.0.1:${port}`,
      cluster: { enable: true, is_master: true, ...cluster },
      ...config,
    });
  }

  async agent(
    masters: readonly FleetProcess[],
    tag: string,
    { cluster, ...config }: Config = {},
  ): Promise<FleetProcess> {
    const port = await freePort();
    return this.#started({
      bind_host: `127.0.0.1:${port}`,
      cluster: {
        enable: true,
        master_url: masters.map(({ url }) => url),
        tag,
        heartbeat_ms: HEARTBEAT_MS,
        ...cluster,
      },
      ...config,
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#processes.map((fleet) => fleet.remove()));
  }

  async #started(config: Config): Promise<FleetProcess> {
    const fleet = await FleetProcess.prepare(config);
    // Before it runs, so that it is ended also when nobody waits for it any more.
    this.#processes.push(fleet);
    await fleet.run();
    return fleet;
  }
}

export async function slavesOf(master: FleetProcess, query = ''): Promise<Json[]> {
  const { body } = await master.get(`/logkit/cluster/slaves${query}`);
  return body.data;
}

/** Waits until the master knows so many agents as ok. */
export function waitForSlaves(master: FleetProcess, count: number): Promise<Json[]> {
  return waitFor(`${count} agents at ${master.url}`, async () => {
    const slaves = await slavesOf(master);
    return slaves.filter(({ status }) => status === 'ok').length === count && slaves;
  });
}
