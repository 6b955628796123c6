import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { leftMsOf, secondsOf } from '../../etcd/lease-seconds.ts';
import type { Leadership, Turn } from '../partition-store.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { LeasedTurn } from './etcd-namespace.ts';
import type { EtcdPartitionData } from './etcd-partition-data.ts';
import type { EtcdSteps } from './etcd-steps.ts';

interface Look {
  readonly turn: LeasedTurn;
  readonly isLed: boolean;
}

/** Whose turn at leading it is: as long as a key is there that hangs on the leader's lease. */
export class EtcdElections {
  readonly #client: EtcdClient;
  readonly #keys: EtcdKeys;
  readonly #steps: EtcdSteps;

  constructor(client: EtcdClient, keys: EtcdKeys, steps: EtcdSteps) {
    this.#client = client;
    this.#keys = keys;
    this.#steps = steps;
  }

  async campaign(bid: {
    readonly candidate: string;
    readonly leaseMs: number;
  }): Promise<Leadership> {
    const { candidate, leaseMs } = bid;
    const granted: bigint[] = [];
    const { result, lease } = await this.#steps.do({
      work: (_engine, data): Look => {
        const look = lookAt(data);
        if (look.isLed) return look;
        const epoch = look.turn.epoch + 1;
        this.#begin(data, { candidate, epoch });
        return { turn: { candidate, epoch, lease: '' }, isLed: true };
      },
      prepare: async (data) => {
        const fresh = await this.#granted(data, leaseMs);
        if (fresh !== 0n) granted.push(fresh);
        return fresh;
      },
    });
    // Those of times when another candidate was faster.
    const unused = granted.filter((id) => id !== lease);
    await Promise.all(unused.map((id) => this.#client.revoke(id)));
    if (result.turn.lease !== '') return this.#shown(result);
    return { leader: candidate, epoch: result.turn.epoch, leftMs: leaseMs };
  }

  async renew({ leaseMs, ...turn }: Turn & { readonly leaseMs: number }): Promise<boolean> {
    const present = await this.#present(turn);
    if (present === null) return false;
    const seconds = await this.#client.keepAlive(BigInt(present.lease));
    if (seconds <= 0) return false;
    if (seconds < secondsOf(leaseMs)) return this.#lengthen(present, leaseMs);
    return true;
  }

  async resign(turn: Turn): Promise<void> {
    const present = await this.#present(turn);
    if (present !== null) await this.#client.revoke(BigInt(present.lease));
  }

  async leadership(): Promise<Leadership> {
    return this.#shown((await this.#steps.do({ work: (_engine, data) => lookAt(data) })).result);
  }

  async #shown({ turn: { candidate, epoch, lease }, isLed }: Look): Promise<Leadership> {
    const seconds = isLed ? await this.#client.left(BigInt(lease)) : -1;
    if (seconds < 0) return { leader: '', epoch, leftMs: 0 };
    return { leader: candidate, epoch, leftMs: leftMsOf(seconds) };
  }

  /** The same turn goes on under a lease that is long enough. */
  async #lengthen(before: LeasedTurn, leaseMs: number): Promise<boolean> {
    const { candidate, epoch } = before;
    const { result } = await this.#steps.do({
      work: (_engine, data) => {
        const isPresent = isSame(lookAt(data), before);
        if (isPresent) this.#begin(data, { candidate, epoch });
        return isPresent;
      },
      prepare: (data) => this.#granted(data, leaseMs),
    });
    if (result) await this.#client.revoke(BigInt(before.lease));
    return result;
  }

  async #present(turn: Turn): Promise<LeasedTurn | null> {
    const { result } = await this.#steps.do({ work: (_engine, data) => lookAt(data) });
    return isSame(result, turn) ? result.turn : null;
  }

  #begin({ writes }: EtcdPartitionData, { candidate, epoch }: Turn): void {
    const turnKey = this.#keys.one('turn');
    writes.putNow(turnKey, (lease) => JSON.stringify({ candidate, epoch, lease: String(lease) }));
    writes.putLeased(this.#keys.one('leading'), candidate);
  }

  async #granted({ writes }: EtcdPartitionData, leaseMs: number): Promise<bigint> {
    return writes.isEmpty ? 0n : (await this.#client.grant(secondsOf(leaseMs))).id;
  }
}

function lookAt({ namespace }: EtcdPartitionData): Look {
  return { turn: namespace.leasedTurn(), isLed: namespace.isLed() };
}

function isSame({ turn, isLed }: Look, { candidate, epoch }: Turn): boolean {
  return isLed && turn.candidate === candidate && turn.epoch === epoch;
}
