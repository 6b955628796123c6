import { BusyMap } from '../../kernel/busy-map.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError, toAppError } from '../../kernel/errors.ts';
import type { Held, Renewal, Renewed } from '../../stores/partitions/partition-store.ts';
import type { Beating, Round } from './beater.ts';

interface Lease {
  readonly token: number;
  readonly untilMs: number;
}

interface BeatsDeps {
  readonly beating: Beating;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly renew: (renewal: Renewal) => Promise<Renewed>;
  readonly tell: (round: Round) => void;
}

/**
 * Renews all leases together for as long as whoever is told of it answers. What could not be
 * renewed in time may be somebody else's by now, and is told as lost.
 */
export class Beats {
  readonly #deps: BeatsDeps;
  readonly #leases = new BusyMap<number, Lease>();
  #heardMs: number;
  #isGivenUp = false;
  #beating: Promise<void> | null = null;

  constructor(deps: BeatsDeps) {
    this.#deps = deps;
    this.#heardMs = deps.clock.monotonicMs();
  }

  hold(held: readonly Held[], untilMs: number): void {
    for (const { id, token } of held) this.#leases.set(id, { token, untilMs });
  }

  drop({ id, token }: Held): void {
    if (this.#leases.get(id)?.token === token) this.#leases.delete(id);
  }

  /** The main loop is alive. */
  heard(): void {
    this.#heardMs = this.#deps.clock.monotonicMs();
    this.#isGivenUp = false;
  }

  /** Beats until `signal` aborts; nothing is renewed any more when it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, beating } = this.#deps;
    const hasEnded = (): boolean => signal.aborted;
    while (!hasEnded()) {
      await this.beat();
      await clock.sleep(beating.everyMs, signal);
    }
    await this.#beating;
  }

  /** Whoever asks while one is on its way waits for that. Never rejects. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  async #beat(): Promise<void> {
    const silentMs = this.#deps.clock.monotonicMs() - this.#heardMs;
    if (silentMs > this.#deps.beating.silenceMsMax) this.#giveUp(silentMs);
    else await this.#renewAll();
  }

  /** A process that hangs must lose its work, or nobody would ever do it. Told once. */
  #giveUp(silentMs: number): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    const lost = this.#held();
    this.#leases.clear();
    const message = `the main loop has not answered for ${Math.round(silentMs)} ms: what it held is given up`;
    this.#deps.tell({ lost, tookMs: 0, error: new AppError('timeout', message) });
  }

  async #renewAll(): Promise<void> {
    const { clock, beating, tell, renew } = this.#deps;
    const { workerId, leaseMs, presenceMs } = beating;
    // Counted from before the call, so that the store's leases never end before these.
    const beforeMs = clock.monotonicMs();
    const held = this.#held();
    const tookMs = () => clock.monotonicMs() - beforeMs;
    try {
      const renewed = await this.#inTime(renew({ workerId, held, leaseMs, presenceMs }));
      const lost = this.#renewed(held, new Set(renewed.lost), beforeMs + leaseMs);
      const { activeWorkers, shareable, isPaused } = renewed;
      const standing = { activeWorkers, shareable, isPaused };
      tell({ lost: [...lost, ...this.#takeLate()], tookMs: tookMs(), standing });
    } catch (thrown) {
      tell({ lost: this.#takeLate(), tookMs: tookMs(), error: toAppError(thrown) });
    }
  }

  #renewed(held: readonly Held[], gone: ReadonlySet<number>, untilMs: number): Held[] {
    const lost: Held[] = [];
    for (const { id, token } of held) {
      if (this.#leases.get(id)?.token !== token) continue;
      if (!gone.has(id)) this.#leases.set(id, { token, untilMs });
      else if (this.#leases.delete(id)) lost.push({ id, token });
    }
    return lost;
  }

  /** Takes out what was not renewed in time. */
  #takeLate(): Held[] {
    const nowMs = this.#deps.clock.monotonicMs();
    const late = [...this.#leases].filter(([, { untilMs }]) => untilMs <= nowMs);
    for (const [id] of late) this.#leases.delete(id);
    return late.map(([id, { token }]) => ({ id, token }));
  }

  /** A store that does not answer is not waited for longer than what is held lasts. */
  async #inTime(renewing: Promise<Renewed>): Promise<Renewed> {
    const { clock, beating } = this.#deps;
    const nowMs = clock.monotonicMs();
    const leftMs = [...this.#leases.values()].map(({ untilMs }) => untilMs - nowMs);
    const firstMs = Math.min(...leftMs, beating.leaseMs);
    // What is over already, as after a pause, can still be had when nobody else has taken it.
    const waitMs = firstMs > 0 ? firstMs : beating.everyMs;
    const answered = new AbortController();
    const late = clock.sleep(waitMs, answered.signal).then(() => null);
    try {
      const renewed = await Promise.race([renewing, late]);
      if (renewed !== null) return renewed;
      throw new AppError('timeout', 'the store has not answered before the leases were over');
    } finally {
      answered.abort();
    }
  }

  #held(): Held[] {
    return [...this.#leases].map(([id, { token }]) => ({ id, token }));
  }
}
