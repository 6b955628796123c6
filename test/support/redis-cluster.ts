import { freePort } from './fleet-process.ts';
import { RedisServerProcess } from './redis-server.ts';
import { waitFor } from './wait-for.ts';

const SLOTS = 16_384;
const MASTERS = 3;

interface Node {
  readonly server: RedisServerProcess;
  readonly id: string;
  readonly busPort: number;
}

/** A Redis cluster of three masters, and replicas that are added. */
export class RedisCluster {
  readonly #nodes: Node[] = [];

  static async start(): Promise<RedisCluster> {
    const cluster = new RedisCluster();
    for (let nth = 0; nth < MASTERS; nth += 1) await cluster.#add();
    const size = Math.ceil(SLOTS / MASTERS);
    for (const [nth, { server }] of cluster.#nodes.entries()) {
      const to = Math.min((nth + 1) * size, SLOTS) - 1;
      await server.redis.call('CLUSTER', 'ADDSLOTSRANGE', nth * size, to);
    }
    await cluster.#untilWell();
    return cluster;
  }

  get servers(): readonly RedisServerProcess[] {
    return this.#nodes.map(({ server }) => server);
  }

  /** All of them, as an option takes it. */
  get url(): string {
    return `redis://${this.servers.map(({ address }) => address).join(',')}`;
  }

  slotOf(key: string): Promise<number> {
    return this.#first.server.redis.cluster('KEYSLOT', key);
  }

  /** The place, among the servers, of the one that has the key. */
  async ownerOf(key: string): Promise<number> {
    const slot = await this.slotOf(key);
    return Math.floor(slot / Math.ceil(SLOTS / MASTERS));
  }

  /** One that takes the place of that master when it is gone. */
  async addReplicaOf(nth: number): Promise<void> {
    const replica = await this.#add();
    const { id } = this.#nth(nth);
    await waitFor('the replica to know its master', () =>
      replica.server.redis.call('CLUSTER', 'REPLICATE', id),
    );
    await waitFor('the copy', async () => {
      const info = await replica.server.redis.info('replication');
      return info.includes('master_link_status:up');
    });
    await this.#untilWell();
  }

  /** Gives a slot to another master, as an operator does who spreads the load anew. */
  async move(
    slot: number,
    [from, to]: readonly [number, number],
    meanwhile: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    const [source, target] = [this.#nth(from), this.#nth(to)];
    const set = (node: Node, ...words: readonly string[]) =>
      node.server.redis.call('CLUSTER', 'SETSLOT', slot, ...words);
    await set(target, 'IMPORTING', source.id);
    await set(source, 'MIGRATING', target.id);
    await meanwhile();
    const { redis } = source.server;
    for (;;) {
      const keys = await redis.cluster('GETKEYSINSLOT', slot, 100);
      if (keys.length === 0) break;
      const { port } = target.server;
      await redis.migrate('127.0.0.1', port, '', 0, 5_000, 'KEYS', ...keys);
    }
    for (const node of [target, source]) await set(node, 'NODE', target.id);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async #add(): Promise<Node> {
    const busPort = await freePort();
    const server = await RedisServerProcess.start([
      ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'],
      ...['--cluster-port', String(busPort)],
    ]);
    const id = String(await server.redis.call('CLUSTER', 'MYID'));
    const node = { server, id, busPort };
    this.#nodes.push(node);
    if (node !== this.#first) {
      const { server: first, busPort: bus } = this.#first;
      await server.redis.call('CLUSTER', 'MEET', '127.0.0.1', first.port, bus);
    }
    return node;
  }

  async #untilWell(): Promise<void> {
    for (const { server } of this.#nodes) {
      await waitFor('the cluster', async () => {
        const info = String(await server.redis.call('CLUSTER', 'INFO'));
        return (
          info.includes('cluster_state:ok') &&
          info.includes(`cluster_known_nodes:${this.#nodes.length}`)
        );
      });
    }
  }

  get #first(): Node {
    return this.#nth(0);
  }

  #nth(nth: number): Node {
    const node = this.#nodes[nth];
    if (node === undefined) throw new Error(`there is no node ${nth}`);
    return node;
  }
}
