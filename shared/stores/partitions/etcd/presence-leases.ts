import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { secondsOf } from '../../etcd/lease-seconds.ts';

interface PresenceLease {
  readonly id: bigint;
  readonly ttlSeconds: number;
}

/** The leases that workers of this client are active by. */
export class PresenceLeases {
  readonly #client: EtcdClient;
  readonly #leases = new Map<string, PresenceLease>();

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  /** The worker's, which lasts so long from now on. */
  async renew(workerId: string, presenceMs: number): Promise<bigint> {
    const ttlSeconds = secondsOf(presenceMs);
    const known = this.#leases.get(workerId);
    if (known?.ttlSeconds === ttlSeconds && (await this.#client.keepAlive(known.id)) > 0) {
      return known.id;
    }
    const { id } = await this.#client.grant(ttlSeconds);
    this.#leases.set(workerId, { id, ttlSeconds });
    return id;
  }

  /** Of one worker, or of all. */
  async revoke(workerId: string | null): Promise<void> {
    const gone = [...this.#leases].filter(([name]) => workerId === null || name === workerId);
    for (const [name] of gone) this.#leases.delete(name);
    await Promise.all(gone.map(([, { id }]) => this.#client.revoke(id)));
  }
}
