import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InfluxdbServer } from '../../support/influxdb-server.ts';
import { KafkaCluster } from '../../support/kafka-cluster.ts';
import { MariadbServer } from '../../support/mariadb-server.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { RedisServerProcess } from '../../support/redis-server.ts';
import { type Snmpd, startSnmpd } from '../../support/snmpd.ts';

/** Servers that all tests of a file share, each started when a test first asks for it. */
export class SharedServers {
  readonly #running: Promise<{ stop(): Promise<void> }>[] = [];

  readonly mariadb = this.#shared(() => MariadbServer.start());
  readonly postgres = this.#shared(() => PostgresServer.start());
  readonly redis = this.#shared(() => RedisServerProcess.start());
  readonly influxdb = this.#shared(() => InfluxdbServer.start());
  readonly kafka = this.#shared(() => KafkaCluster.start());
  readonly snmpd: () => Promise<Snmpd> = this.#shared(() => startSnmpd());

  async stop(): Promise<void> {
    for (const server of await Promise.all(this.#running)) await server.stop();
  }

  #shared<Server extends { stop(): Promise<void> }>(start: () => Promise<Server>) {
    let server: Promise<Server> | null = null;
    return (): Promise<Server> => {
      if (server === null) {
        server = start();
        this.#running.push(server);
      }
      return server;
    };
  }
}

/** Where the source or the sink of one test is. */
export interface Place {
  /** A folder of its own. */
  readonly dir: string;
  /** A name that no other test uses: of a table, a list, a topic. */
  readonly name: string;
  readonly servers: SharedServers;
}

let places = 0;

export async function withPlace<T>(
  servers: SharedServers,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  places += 1;
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'contract-')));
  try {
    return await work({ dir, servers, name: `contract${places}` });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
