import { isHeld, openCount, type Partition } from '../../../domain/partition.ts';
import type {
  ClaimRequest,
  Held,
  Renewal,
  Renewed,
  Settlement,
  Verdict,
  WorkerPresence,
} from '../partition-store.ts';
import { changeAll } from './change-partition.ts';
import { Claims } from './claims.ts';
import type { PartitionData } from './partition-data.ts';
import { type SideBySide, sameSettlements, sideBySide } from './side-by-side.ts';
import type { StoreClock } from './store-clock.ts';
import { partitionsOf, type Stretch } from './stretch.ts';

/** What workers do in a namespace. */
export class Work {
  readonly #data: PartitionData;
  readonly #clock: StoreClock;
  readonly #claims: Claims;

  constructor(data: PartitionData, clock: StoreClock) {
    this.#data = data;
    this.#clock = clock;
    this.#claims = new Claims(data, clock);
  }

  claim(request: ClaimRequest): Partition[] {
    return this.claimStretches(request).flatMap((stretch) => partitionsOf(stretch));
  }

  claimStretches(request: ClaimRequest): Stretch[] {
    return this.#claims.claim(request);
  }

  settle(settlements: readonly Settlement[]): Verdict[] {
    return this.settleGroups(sideBySide(settlements, sameSettlements));
  }

  settleGroups(groups: readonly SideBySide<Settlement>[]): Verdict[] {
    const nowMs = this.#clock.now();
    const verdicts: Verdict[] = [];
    for (const { said, count } of groups) {
      const { id, token, ...change } = said;
      this.#eachHeld({ said: { id, token }, count }, (held) => {
        if (held !== null) changeAll(this.#data, held, change, { nowMs });
        const verdict = held === null ? 'fenced' : 'done';
        for (let nth = held?.count ?? 1; nth > 0; nth -= 1) verdicts.push(verdict);
      });
    }
    return verdicts;
  }

  renew({ workerId, held, leaseMs, presenceMs }: Renewal): Renewed {
    const [nowMs, atMs] = [this.#clock.now(), this.#clock.monotonicMs()];
    const known = this.#data.workers().find((each) => each.workerId === workerId);
    const untilMs = atMs + presenceMs;
    this.#data.setWorker({ workerId, sinceMs: nowMs, ...known, lastSeenMs: nowMs, untilMs });
    const lost: number[] = [];
    for (const group of sideBySide(held, () => true)) {
      this.#eachHeld(group, (stretch, id) => {
        if (stretch === null) lost.push(id);
        else this.#data.renew(stretch, atMs + leaseMs, nowMs);
      });
    }
    const counts = this.#data.counts();
    return {
      lost,
      activeWorkers: this.#data.workers().filter((each) => each.untilMs > atMs).length,
      shareable: openCount(counts) - counts.failed,
      isPaused: this.#data.state().isPaused,
    };
  }

  workers(): WorkerPresence[] {
    const atMs = this.#clock.monotonicMs();
    const held = this.#data.heldCounts();
    return this.#data.workers().map(({ workerId, sinceMs, lastSeenMs, untilMs }) => ({
      ...{ workerId, sinceMs, lastSeenMs, isActive: untilMs > atMs },
      held: held.get(workerId) ?? 0,
    }));
  }

  /** In their order: what whoever shows these tokens holds, and one by one what not. */
  #eachHeld(
    { said, count }: SideBySide<Held>,
    tell: (held: Stretch | null, id: number) => void,
  ): void {
    for (let nth = 0; nth < count; ) {
      const [id, token] = [said.id + nth, said.token + nth];
      const found = this.#data.alike(id, count - nth);
      const isHeldBy = found !== null && isHeld(found.first.status) && found.first.token === token;
      const held = isHeldBy ? found : null;
      tell(held, id);
      nth += held?.count ?? 1;
    }
  }
}
