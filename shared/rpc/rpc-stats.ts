import type { AttemptTrace, Trace } from '../resilience/attempt-trace.ts';
import { Durations } from './durations.ts';
import type { RpcCode, RpcError } from './rpc-error.ts';
import type { RpcEvent } from './rpc-event.ts';
import { Tally } from './tally.ts';

const EVENTS_MAX = 100;
/** Of a method; beyond them, what is known of instances that have left is forgotten. */
const INSTANCES_MAX = 1_000;
const NOBODY = '';

export type CallStatus = 'ok' | RpcCode;

/** Calls of one method that ended with one instance, and the attempts that it got. */
class InstanceCalls {
  readonly calls = new Map<CallStatus, Durations>();
  readonly attempts = new Map<CallStatus, number>();

  call(status: CallStatus, tookMs: number): void {
    let durations = this.calls.get(status);
    if (durations === undefined) this.calls.set(status, (durations = new Durations()));
    durations.add(tookMs);
  }

  attempt(status: CallStatus): void {
    this.attempts.set(status, (this.attempts.get(status) ?? 0) + 1);
  }
}

/** Calls of one method, by the instance that answered, or failed last. */
export class MethodStats {
  readonly method: string;
  readonly byInstance = new Map<string, InstanceCalls>();

  constructor(method: string) {
    this.method = method;
  }

  /** `trace` is empty where the first attempt succeeded. */
  succeeded(instanceId: string, tookMs: number, trace: Trace): void {
    const calls = this.#of(instanceId);
    calls.call('ok', tookMs);
    if (trace.length === 0) calls.attempt('ok');
    else this.#attempts(trace);
  }

  failed({ code }: RpcError, tookMs: number, trace: Trace): void {
    this.#of(trace.at(-1)?.instanceId ?? NOBODY).call(code, tookMs);
    this.#attempts(trace);
  }

  forget(instanceId: string): void {
    this.byInstance.delete(instanceId);
  }

  #attempts(trace: Trace): void {
    for (const attempt of trace) this.#of(attempt.instanceId).attempt(statusOf(attempt));
  }

  #of(instanceId: string): InstanceCalls {
    let calls = this.byInstance.get(instanceId);
    if (calls === undefined) this.byInstance.set(instanceId, (calls = new InstanceCalls()));
    return calls;
  }
}

/** An event, and when that was. */
export type DatedEvent = RpcEvent & { readonly atMs: number };

/** What became of the calls of one service, as plain numbers. */
export interface RpcSummary {
  /** Calls, whatever they took. */
  readonly requests: number;
  readonly successes: number;
  readonly failures: number;
  /** What was sent, or tried to be. */
  readonly attempts: number;
  readonly retries: number;
  readonly failovers: number;
  /** How often a breaker opened. */
  readonly circuitBreaks: number;
  readonly ejections: number;
  readonly hedges: number;
  /** Retries and hedges that the budget did not allow. */
  readonly budgetRefused: number;
  /** Of all calls; 0: there were none. */
  readonly averageMs: number;
  /** Failovers a call. */
  readonly failoverRate: number;
  /** The last ones, oldest first. */
  readonly events: readonly DatedEvent[];
}

/** Counts the calls of one service and what happened to them. */
export class RpcStats {
  readonly service: string;
  readonly methods = new Map<string, MethodStats>();
  readonly retries = new Tally<'instance' | 'attempt'>();
  readonly failovers = new Tally<'from_instance' | 'to_instance'>();
  readonly breaks = new Tally<'instance' | 'state'>();
  readonly ejections = new Tally<'instance'>();
  readonly hedges = new Tally<'instance'>();
  budgetRefused = 0;
  readonly #events: DatedEvent[] = [];
  readonly #left = new Set<string>();

  constructor(service: string) {
    this.service = service;
  }

  /** Of a method; ask for it once. */
  method(name: string): MethodStats {
    const stats = this.methods.get(name) ?? new MethodStats(name);
    this.methods.set(name, stats);
    return stats;
  }

  happened(event: RpcEvent, atMs: number): void {
    this.#events.push({ ...event, atMs });
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
    switch (event.kind) {
      case 'retry':
        this.retries.add({ instance: event.instance, attempt: String(event.retry) });
        break;
      case 'failover':
        this.failovers.add({ from_instance: event.from, to_instance: event.to });
        break;
      case 'circuit_break':
        this.breaks.add({ instance: event.instance, state: event.state });
        break;
      case 'ejection':
        this.ejections.add({ instance: event.instance });
        break;
      case 'hedge':
        this.hedges.add({ instance: event.instance });
        break;
      case 'budget_spent':
        this.budgetRefused += 1;
        break;
      case 'health':
    }
  }

  /** Instances have come and gone; of those that went, only so many are remembered. */
  left(gone: readonly string[], present: readonly string[]): void {
    for (const id of present) this.#left.delete(id);
    for (const id of gone) this.#left.add(id);
    for (const id of this.#left) {
      if (this.#left.size <= INSTANCES_MAX) return;
      this.#left.delete(id);
      this.#forget(id);
    }
  }

  summary(): RpcSummary {
    const { requests, successes, attempts, sumMs } = this.#totals();
    const failovers = this.failovers.total;
    return {
      ...{ requests, successes, failures: requests - successes, attempts, failovers },
      retries: this.retries.total,
      circuitBreaks: this.breaks.totalOf(({ state }) => state === 'open'),
      ejections: this.ejections.total,
      hedges: this.hedges.total,
      budgetRefused: this.budgetRefused,
      averageMs: requests === 0 ? 0 : sumMs / requests,
      failoverRate: requests === 0 ? 0 : failovers / requests,
      events: [...this.#events],
    };
  }

  #totals() {
    const totals = { requests: 0, successes: 0, attempts: 0, sumMs: 0 };
    for (const { byInstance } of this.methods.values()) {
      for (const { calls, attempts } of byInstance.values()) {
        const ended = [...calls.values()];
        totals.requests += sumOf(ended.map(({ count }) => count));
        totals.successes += calls.get('ok')?.count ?? 0;
        totals.sumMs += sumOf(ended.map(({ sumMs }) => sumMs));
        totals.attempts += sumOf(attempts.values());
      }
    }
    return totals;
  }

  #forget(id: string): void {
    for (const method of this.methods.values()) method.forget(id);
    for (const tally of [this.retries, this.failovers, this.breaks, this.ejections, this.hedges]) {
      tally.forget(id);
    }
  }
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

function statusOf({ code }: AttemptTrace): CallStatus {
  return code ?? 'ok';
}
