import { z } from 'zod';
import { AppError } from '../../../kernel/errors.ts';
import { secondsOf } from '../../etcd/lease-seconds.ts';
import type { RegistryData } from './registry-data.ts';

/** So often a turn is looked at again that has changed meanwhile. */
const TRIES_MAX = 8;

/** The lease is that of etcd which the owner's key hangs on. */
const TurnText = z.object({ owner: z.string(), epoch: z.int(), lease: z.string() });
type Turn = z.output<typeof TurnText>;

const NO_TURN: Turn = { owner: '', epoch: 0, lease: '0' };

interface Look {
  readonly turn: Turn;
  /** Of etcd; 0: there was no turn yet. */
  readonly revision: number;
  readonly lasts: boolean;
}

/** Whose turn it is to expire instances: as long as a key is there that hangs on its lease. */
export class ExpiryTurns {
  readonly #data: RegistryData;

  constructor(data: RegistryData) {
    this.#data = data;
  }

  async own(owner: string, leaseMs: number): Promise<number | null> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const look = await this.#look();
      if (look.lasts && look.turn.owner !== owner) return null;
      if (look.lasts && (await this.#isKept(look.turn, leaseMs))) return look.turn.epoch;
      const begun = await this.#begin(look, owner, leaseMs);
      if (begun !== null) return begun;
    }
    throw new AppError('unavailable', 'the turn to expire instances changes too often: try again');
  }

  async disown(owner: string): Promise<void> {
    const { turn, lasts } = await this.#look();
    if (lasts && turn.owner === owner) await this.#data.client.revoke(BigInt(turn.lease));
  }

  /** False: it is over, or it does not last as long as is wanted. */
  async #isKept({ lease }: Turn, leaseMs: number): Promise<boolean> {
    return (await this.#data.client.keepAlive(BigInt(lease))) >= secondsOf(leaseMs);
  }

  /** A turn that lasts goes on under a lease of another length. Null: things have changed. */
  async #begin({ turn, revision, lasts }: Look, owner: string, leaseMs: number) {
    const { client, keys } = this.#data;
    const { id: lease } = await client.grant(secondsOf(leaseMs));
    const epoch = lasts ? turn.epoch : turn.epoch + 1;
    const next: Turn = { owner, epoch, lease: String(lease) };
    const ownerKey = keys.one('owner');
    const written = await this.#data.join(async () => ({
      compares: [
        { key: keys.one('turn'), revision },
        lasts ? { key: ownerKey, isThere: true } : { key: ownerKey, revision: 0 },
      ],
      writes: [
        { op: 'put', key: keys.one('turn'), value: JSON.stringify(next), lease: 0n },
        { op: 'put', key: ownerKey, value: String(epoch), lease },
      ],
      parts: [],
    }));
    if (written === null) await client.revoke(lease);
    else if (lasts) await client.revoke(BigInt(turn.lease));
    return written === null ? null : epoch;
  }

  async #look(): Promise<Look> {
    const { keys } = this.#data;
    const { found } = await this.#data.read([
      { key: keys.one('turn') },
      { key: keys.one('owner') },
    ]);
    const [[turn] = [], owner = []] = found;
    return {
      turn: turn === undefined ? NO_TURN : TurnText.parse(JSON.parse(turn.value)),
      revision: turn?.revision ?? 0,
      lasts: owner.length > 0,
    };
  }
}
