import type { Clock } from '../kernel/clock.ts';
import type { Failover } from './failover.ts';
import type { Endpoint } from './instance.ts';

/** Whether an instance is well. It ends when the signal aborts; to throw is to say no. */
export type Probe<Instance> = (instance: Instance, signal: AbortSignal) => Promise<boolean>;

/** So many instances are looked at at once. */
const CHECKS_MAX = 32;

interface ActiveChecksDeps<Instance extends Endpoint> {
  readonly failover: Failover<Instance>;
  readonly probe: Probe<Instance>;
  readonly clock: Clock;
  /** How often it is asked whether somebody is due. */
  readonly everyMs: number;
  /** Whoever has not answered by then is not well. */
  readonly timeoutMs: number;
}

/** Looks at instances that are due for it: all of them for the detector `health_check`, and those that are to come back. */
export class ActiveChecks<Instance extends Endpoint> {
  readonly #deps: ActiveChecksDeps<Instance>;
  readonly #running = new Map<string, Promise<void>>();

  constructor(deps: ActiveChecksDeps<Instance>) {
    this.#deps = deps;
  }

  /** Until the signal aborts; then what is on its way has ended too. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs } = this.#deps;
    while (!signal.aborted) {
      this.#begin(signal);
      await clock.sleep(everyMs, signal);
    }
    await Promise.all(this.#running.values());
  }

  #begin(signal: AbortSignal): void {
    const room = CHECKS_MAX - this.#running.size;
    for (const instance of this.#deps.failover.takeChecks(room)) {
      if (this.#running.has(instance.id)) continue;
      const ended = this.#check(instance, signal).finally(() => this.#running.delete(instance.id));
      this.#running.set(instance.id, ended);
    }
  }

  async #check(instance: Instance, signal: AbortSignal): Promise<void> {
    const { failover, probe, clock, timeoutMs } = this.#deps;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const late = clock.sleep(timeoutMs, either).then(() => false);
    const isWell = await Promise.race([probe(instance, either).catch(() => false), late]);
    over.abort();
    if (!signal.aborted) failover.checked(instance, isWell);
  }
}
