import { z } from 'zod';
import { nameOfKey } from '../../etcd/key-name.ts';
import { type NamespaceState, NEW_NAMESPACE, type Presence } from '../engine/partition-data.ts';
import type { Turn } from '../partition-store.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { EtcdReads } from './etcd-reads.ts';
import type { EtcdWrites } from './etcd-writes.ts';

/** A turn, and the lease of etcd that its leader has. */
export type LeasedTurn = Turn & { readonly lease: string };

const TurnText = z.object({ candidate: z.string(), epoch: z.int(), lease: z.string() });
const WorkerText = z.object({ sinceMs: z.number(), lastSeenMs: z.number() });
const PlanText = z.object({
  plannedTo: z.string().nullable(),
  lastPartitionId: z.int(),
  mark: z.string(),
});

/** Of a clock that stands still at 0. */
const LASTS_UNTIL_MS = 1;

type Planned = Pick<NamespaceState, 'plannedTo' | 'lastPartitionId' | 'mark'>;
const NO_PLAN: Planned = { plannedTo: null, lastPartitionId: 0, mark: '' };

/** What there is one of in a namespace, and who works in it. What decides a step is compared. */
export class EtcdNamespace {
  readonly #keys: EtcdKeys;
  readonly #reads: EtcdReads;
  readonly #writes: EtcdWrites;
  /** What is not asked for is not read. */
  readonly state: NamespaceState;
  /** Keys of workers that were read, with their revisions. */
  readonly #seenAt = new Map<string, number>();
  #plan: Planned | null = null;
  #lastToken = 0;
  #newPriorities: readonly number[] = [];

  constructor(keys: EtcdKeys, reads: EtcdReads, writes: EtcdWrites) {
    this.#keys = keys;
    this.#reads = reads;
    this.#writes = writes;
    this.state = this.#stateOf();
  }

  #stateOf(): NamespaceState {
    const { turn, isPaused, plan, lastToken } = this.#readers();
    return {
      // Leases of leaders are etcd's own.
      leaderUntilMs: 0,
      get lastToken() {
        return lastToken();
      },
      get turn() {
        return turn();
      },
      get isPaused() {
        return isPaused();
      },
      get plannedTo() {
        return plan().plannedTo;
      },
      get lastPartitionId() {
        return plan().lastPartitionId;
      },
      get mark() {
        return plan().mark;
      },
    };
  }

  change({ lastToken, isPaused, ...change }: Partial<NamespaceState>): void {
    if (lastToken !== undefined) this.#lastToken = lastToken;
    if (isPaused === true) this.#writes.putBlindly(this.#keys.one('paused'), 'true');
    if (isPaused === false) this.#writes.deleteBlindly(this.#keys.one('paused'));
    const { plannedTo, lastPartitionId, mark } = change;
    const isPlan = [plannedTo, lastPartitionId, mark].some((each) => each !== undefined);
    if (!isPlan) return;
    const plan = this.#planned();
    this.#plan = {
      plannedTo: plannedTo ?? plan.plannedTo,
      lastPartitionId: lastPartitionId ?? plan.lastPartitionId,
      mark: mark ?? plan.mark,
    };
  }

  /** The plan is written anew, so that no other step goes on with what it has read of the plan. */
  touchPlan(): void {
    this.#plan = this.#planned();
  }

  leasedTurn(): LeasedTurn {
    const key = this.#keys.one('turn');
    const found = this.#reads.one(key);
    this.#writes.guard(key, found?.revision ?? 0);
    if (found === null) return { ...NEW_NAMESPACE.turn, lease: '0' };
    return TurnText.parse(JSON.parse(found.value));
  }

  /** Whether the present leader's lease lasts. */
  isLed(): boolean {
    const key = this.#keys.one('leading');
    const found = this.#reads.one(key);
    this.#writes.guard(key, found?.revision ?? 0);
    return found !== null;
  }

  usePriority(priority: number, known: readonly number[]): void {
    if (known.includes(priority) || this.#newPriorities.includes(priority)) return;
    this.#newPriorities = [...this.#newPriorities, priority];
    const key = this.#keys.one('priorities');
    const text = JSON.stringify([...known, ...this.#newPriorities]);
    this.#writes.put(key, this.#reads.one(key)?.revision ?? 0, () => text);
  }

  workers(): Presence[] {
    const [known = [], present = []] = this.#reads.need([
      this.#keys.all('workers'),
      this.#keys.all('present'),
    ]);
    const active = new Set(present.map(({ key }) => nameOfKey(key)));
    return known.map(({ key, value, revision }) => {
      const workerId = nameOfKey(key);
      this.#seenAt.set(key, revision);
      const { sinceMs, lastSeenMs } = WorkerText.parse(JSON.parse(value));
      return { workerId, sinceMs, lastSeenMs, untilMs: active.has(workerId) ? LASTS_UNTIL_MS : 0 };
    });
  }

  setWorker({ workerId, sinceMs, lastSeenMs }: Presence): void {
    const text = JSON.stringify({ sinceMs, lastSeenMs });
    this.#writes.putBlindly(this.#keys.named('workers', workerId), text);
  }

  /** What was read of it decides, if anything was. */
  dropWorker(workerId: string): void {
    const key = this.#keys.named('workers', workerId);
    const seenAt = this.#seenAt.get(key);
    if (seenAt === undefined) this.#writes.deleteBlindly(key);
    else this.#writes.delete(key, seenAt);
    this.#writes.deleteBlindly(this.#keys.named('present', workerId));
  }

  write(): void {
    if (this.#plan === null) return;
    const { plannedTo, ...plan } = this.#plan;
    const text = JSON.stringify({ plannedTo: plannedTo?.toString() ?? null, ...plan });
    const key = this.#keys.one('plan');
    this.#writes.put(key, this.#reads.one(key)?.revision ?? 0, () => text);
  }

  #readers() {
    return {
      lastToken: () => this.#lastToken,
      turn: (): Turn => {
        const { candidate, epoch } = this.leasedTurn();
        return { candidate, epoch };
      },
      isPaused: () => this.#isPaused(),
      plan: () => this.#planned(),
    };
  }

  #isPaused(): boolean {
    const key = this.#keys.one('paused');
    const found = this.#reads.one(key);
    this.#writes.guard(key, found?.revision ?? 0);
    return found !== null;
  }

  #planned(): Planned {
    if (this.#plan !== null) return this.#plan;
    const found = this.#reads.one(this.#keys.one('plan'));
    if (found === null) return NO_PLAN;
    const { plannedTo, ...plan } = PlanText.parse(JSON.parse(found.value));
    return { plannedTo: plannedTo === null ? null : BigInt(plannedTo), ...plan };
  }
}
