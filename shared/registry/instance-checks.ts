import type { InstanceCheck, InstanceRecord } from '../domain/instance-record.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { StoredInstance } from '../stores/registry/registry-store.ts';
import type { Registry } from './registry.ts';
import { checked } from './transitions.ts';

/** Looks that are on their way at once. */
const LOOKS_MAX = 64;

/** Looks at an instance once: why it is not well; null: it is. Never throws. */
export type Look = (
  address: string,
  check: InstanceCheck,
  signal: AbortSignal,
) => Promise<string | null>;

interface CheckState {
  dueMs: number;
  isLooking: boolean;
  failures: number;
  successes: number;
}

interface InstanceChecksDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly look: Look;
}

/** Looks at instances that want it, each in its own time, and writes down where that says something new. */
export class InstanceChecks {
  readonly #deps: InstanceChecksDeps;
  readonly #states = new Map<string, CheckState>();
  readonly #looks = new Set<Promise<void>>();

  constructor(deps: InstanceChecksDeps) {
    this.#deps = deps;
  }

  /** Begins the looks that are due. What they find holds for that turn. */
  tend(instances: Iterable<StoredInstance>, epoch: number, signal: AbortSignal): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const gone = new Set(this.#states.keys());
    for (const { record } of instances) {
      if (record.check === null || record.lifecycle !== 'up') continue;
      gone.delete(record.id);
      const state = this.#stateOf(record.id, nowMs);
      const isDue = !state.isLooking && state.dueMs <= nowMs;
      if (isDue && this.#looks.size < LOOKS_MAX) this.#begin(record, state, { epoch, signal });
    }
    for (const id of gone) this.#states.delete(id);
  }

  forgetAll(): void {
    this.#states.clear();
  }

  /** Resolves once no look is on its way. */
  async end(): Promise<void> {
    await Promise.all(this.#looks);
  }

  #begin(record: InstanceRecord, state: CheckState, turn: { epoch: number; signal: AbortSignal }) {
    state.isLooking = true;
    const looking = this.#look(record, state, turn).catch((thrown: unknown) => {
      const { log } = this.#deps.registry;
      log.current.warn(
        { id: record.id, reason: messageOf(thrown) },
        'what a check has found could not be written',
      );
    });
    this.#looks.add(looking);
    void looking.finally(() => {
      this.#looks.delete(looking);
      state.isLooking = false;
    });
  }

  async #look(
    { id, address, check }: InstanceRecord,
    state: CheckState,
    { epoch, signal }: { epoch: number; signal: AbortSignal },
  ): Promise<void> {
    const { registry, clock, look } = this.#deps;
    if (check === null) return;
    const failure = await look(address, check, signal);
    state.dueMs = clock.monotonicMs() + check.intervalMs;
    if (signal.aborted) return;
    registry.metrics.checks.inc({ result: failure === null ? 'passed' : 'failed' });
    state.failures = failure === null ? 0 : state.failures + 1;
    state.successes = failure === null ? state.successes + 1 : 0;
    const isFailing = state.failures >= check.failures;
    const isPassing = state.successes >= check.successes;
    if (!isFailing && !isPassing) return;

    await registry.writer.change(id, (there) => {
      if (there === null || (there.record.failing !== null) === isFailing) return null;
      const reason = failure ?? 'its check passes';
      const act = { nowMs: clock.now(), reason, actor: '' };
      const to = checked(there.record, failure, act);
      return { to, lease: 'keep', fence: { epoch, isOverdue: false } };
    });
  }

  #stateOf(id: string, nowMs: number): CheckState {
    const known = this.#states.get(id);
    if (known !== undefined) return known;
    const state = { dueMs: nowMs, isLooking: false, failures: 0, successes: 0 };
    this.#states.set(id, state);
    return state;
  }
}
