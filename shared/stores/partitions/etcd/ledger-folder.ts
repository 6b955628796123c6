import type { Clock } from '../../../kernel/clock.ts';
import type { EtcdSteps } from './etcd-steps.ts';
import type { LedgerLane } from './ledger-lane.ts';

/** A ledger of more ranges is folded. */
const RANGES_MAX = 64;
const LOOK_MS = 60_000;

/** Folds ledgers into what all have done: its own when they grow, and those that nobody writes. */
export class LedgerFolder {
  readonly #steps: EtcdSteps;
  readonly #clock: Clock;
  /** Of the last look: what has the same revision at the next one is nobody's any more. */
  #seen: ReadonlyMap<string, number> = new Map();
  #lookedAtMs: number;

  constructor(steps: EtcdSteps, clock: Clock) {
    this.#steps = steps;
    this.#clock = clock;
    this.#lookedAtMs = clock.monotonicMs();
  }

  /** What fails here is done another time. */
  async foldIfGrown(lane: LedgerLane): Promise<void> {
    if (lane.ranges <= RANGES_MAX) return;
    await this.fold(lane).catch(() => undefined);
  }

  async fold(lane: LedgerLane): Promise<void> {
    await lane.run(async () => {
      await this.#fold([lane.name]);
      lane.forget();
    });
  }

  /** Now and then, for the ledgers of those that ended without a word. */
  async foldForgotten(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = nowMs;
    const { result } = await this.#steps.do({
      work: (_engine, data) => data.sums.ledgerRevisions(),
    });
    const same = [...result].filter(([name, revision]) => this.#seen.get(name) === revision);
    this.#seen = result;
    if (same.length > 0) await this.#fold(same.map(([name]) => name));
  }

  async #fold(names: readonly string[]): Promise<void> {
    await this.#steps.do({ work: (_engine, data) => data.sums.fold(names) });
  }
}
