import type { Clock } from '../../kernel/clock.ts';
import type { Held, PartitionStore } from '../../stores/partitions/partition-store.ts';
import type { Beater, BeaterMaker, Beating, Listening } from './beater.ts';
import { Beats } from './beats.ts';

/** Beats on the main loop: a processor that blocks that for longer than a lease loses its work. */
export function inProcessBeater(store: Pick<PartitionStore, 'renew'>, clock: Clock): BeaterMaker {
  return (beating) => new InProcessBeater(store, clock, beating);
}

class InProcessBeater implements Beater {
  readonly #store: Pick<PartitionStore, 'renew'>;
  readonly #clock: Clock;
  readonly #beating: Beating;
  #ending = new AbortController();
  #beats: Beats | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(store: Pick<PartitionStore, 'renew'>, clock: Clock, beating: Beating) {
    this.#store = store;
    this.#clock = clock;
    this.#beating = beating;
  }

  begin({ onRound }: Listening): void {
    const beats = new Beats({
      ...{ beating: this.#beating, clock: this.#clock },
      renew: (renewal) => this.#store.renew(renewal),
      tell: (round) => {
        beats.heard();
        onRound(round);
      },
    });
    this.#beats = beats;
    this.#ending = new AbortController();
    this.#running = beats.run(this.#ending.signal);
  }

  hold(held: readonly Held[], untilMs: number): void {
    this.#beats?.hold(held, untilMs);
  }

  drop(held: Held): void {
    this.#beats?.drop(held);
  }

  async beat(): Promise<void> {
    await this.#beats?.beat();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }
}
