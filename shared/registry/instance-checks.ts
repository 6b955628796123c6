import type { InstanceCheck, InstanceRecord } from '../domain/instance-record.ts';
import { Bell } from '../kernel/bell.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { Heap } from '../kernel/heap.ts';
import type { OwnerView } from './owner-view.ts';
import type { Registry } from './registry.ts';
import { checked, isSame } from './transitions.ts';

/** Looks that are on their way at once. */
const LOOKS_MAX = 64;
/** Where nothing is due, it is seen so late at most that something is. */
const IDLE_MS = 60_000;

/** Looks at an instance once: why it is not well; null: it is. Never throws. */
export type Look = (
  address: string,
  check: InstanceCheck,
  signal: AbortSignal,
) => Promise<string | null>;

/** An instance whose turn to be looked at comes again and again. */
interface Checked {
  readonly id: string;
  dueMs: number;
  /** What was looked at last, with which results in a row. */
  target: InstanceRecord | null;
  failures: number;
  successes: number;
}

interface InstanceChecksDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly look: Look;
}

/**
 * Looks at instances that want it, each in its own time and whoever is due longest first, and writes
 * down where that says something new.
 */
export class InstanceChecks {
  readonly #deps: InstanceChecksDeps;
  readonly #checked = new Map<string, Checked>();
  readonly #due = new Heap<Checked>((a, b) => a.dueMs < b.dueMs);
  readonly #looks = new Set<Promise<void>>();
  readonly #news = new Bell();
  /** What is found holds for that turn. */
  #turn: { readonly view: OwnerView; readonly epoch: number } | null = null;

  constructor(deps: InstanceChecksDeps) {
    this.#deps = deps;
  }

  /** From now on those instances are looked at, as they are in that view. */
  tend(view: OwnerView, epoch: number): void {
    this.#turn = { view, epoch };
    const gone = new Set(this.#checked.keys());
    for (const { record } of view.instances) {
      if (!isWanted(record)) continue;
      if (!gone.delete(record.id)) this.#add(record.id);
    }
    for (const id of gone) this.#checked.delete(id);
    this.#news.ring();
  }

  /** It is somebody else's turn. */
  rest(): void {
    this.#turn = null;
    this.#checked.clear();
  }

  /** Begins looks when they are due until `signal` aborts; resolves once none is on its way. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      while (this.#looks.size < LOOKS_MAX && this.#waitMs() === 0) this.#beginNext(signal);
      await this.#news.heardWithin(this.#waitMs(), this.#deps.clock, signal);
    }
    await Promise.all(this.#looks);
  }

  #add(id: string): void {
    const dueMs = this.#deps.clock.monotonicMs();
    const added: Checked = { id, dueMs, target: null, failures: 0, successes: 0 };
    this.#checked.set(id, added);
    this.#due.push(added);
  }

  /** Until a look may begin. */
  #waitMs(): number {
    const { first } = this.#due;
    if (first === undefined || this.#looks.size >= LOOKS_MAX) return IDLE_MS;
    return Math.min(IDLE_MS, Math.max(0, first.dueMs - this.#deps.clock.monotonicMs()));
  }

  #beginNext(signal: AbortSignal): void {
    const next = this.#due.pop();
    // One that has gone, or has come anew, has left its place in the queue behind.
    if (next === undefined || this.#checked.get(next.id) !== next) return;
    const record = this.#turn?.view.find(next.id)?.record ?? null;
    if (record?.check == null || !isWanted(record)) {
      this.#checked.delete(next.id);
      return;
    }
    const looking = this.#look(next, record, record.check, signal).catch((thrown: unknown) => {
      this.#deps.registry.log.current.warn(
        { id: next.id, reason: messageOf(thrown) },
        'what a check has found could not be written',
      );
    });
    this.#looks.add(looking);
    void looking.finally(() => {
      this.#looks.delete(looking);
      if (this.#checked.get(next.id) === next) this.#due.push(next);
      this.#news.ring();
    });
  }

  async #look(
    of: Checked,
    target: InstanceRecord,
    check: InstanceCheck,
    signal: AbortSignal,
  ): Promise<void> {
    const { registry, clock, look } = this.#deps;
    const turn = this.#turn;
    const failure = await look(target.address, check, signal);
    of.dueMs = clock.monotonicMs() + check.intervalMs;
    if (signal.aborted || turn === null || this.#turn?.epoch !== turn.epoch) return;
    registry.metrics.checks.inc({ result: failure === null ? 'passed' : 'failed' });
    count(of, target, failure);
    const isFailing = of.failures >= check.failures;
    if (!isFailing && of.successes < check.successes) return;

    await registry.writer.changeFrom(of.id, turn.view.find(of.id), (there) => {
      if (there === null || !isSameTarget(there.record, target)) return null;
      if ((there.record.failing !== null) === isFailing) return null;
      const act = { nowMs: clock.now(), reason: failure ?? 'its check passes', actor: '' };
      const to = checked(there.record, failure, act);
      return { to, lease: 'keep', fence: { epoch: turn.epoch, isOverdue: false } };
    });
  }
}

function count(of: Checked, target: InstanceRecord, failure: string | null): void {
  const isAsBefore = of.target !== null && isSameTarget(of.target, target);
  const { failures, successes } = isAsBefore ? of : { failures: 0, successes: 0 };
  of.target = target;
  of.failures = failure === null ? 0 : failures + 1;
  of.successes = failure === null ? successes + 1 : 0;
}

function isWanted({ check, lifecycle }: InstanceRecord): boolean {
  return check !== null && lifecycle === 'up';
}

/** What was found of one says nothing of the other where they differ in this. */
function isSameTarget(a: InstanceRecord, b: InstanceRecord): boolean {
  return isWanted(a) && isWanted(b) && a.address === b.address && isSame(a.check, b.check);
}
