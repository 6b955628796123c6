import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { RandomSource } from '../kernel/random.ts';
import { type Executed, RpcError } from '../rpc/rpc-error.ts';
import type { AttemptTrace } from './attempt-trace.ts';
import type { BreakerState } from './breaker.ts';
import type { CallPolicy } from './call-policy.ts';
import type { Choice, Nobody } from './choice.ts';
import type { ExecutionRules } from './execution-rules.ts';
import { type Attempt, type CallResult, type FailoverCall, totalMs } from './failover-call.ts';
import { type CallEnding, FailoverError, moreExecuted } from './failover-error.ts';
import type { FailoverEvents } from './failover-events.ts';
import { firstSuccess } from './hedge.ts';
import type { Endpoint } from './instance.ts';
import type { HealthState } from './instance-health.ts';
import type { Member } from './member.ts';
import { retryDelayMs } from './retry-schedule.ts';

export interface ExecutionDeps<Instance extends Endpoint> extends ExecutionRules {
  readonly members: Choice<Instance>;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly events: FailoverEvents<Instance>;
}

/** An attempt that was begun. */
export interface Begun<Instance extends Endpoint> {
  readonly member: Member<Instance>;
  readonly permit: number;
  readonly beganMs: number;
  readonly givenMs: number;
  readonly waitMs: number;
  readonly isHedge: boolean;
  /** As it was then. */
  readonly state: HealthState;
  readonly breaker: BreakerState;
}

type Outcome<Instance extends Endpoint, Value> =
  | { readonly ok: true; readonly value: Value; readonly member: Member<Instance> }
  | { readonly ok: false; readonly error: RpcError; readonly member: Member<Instance> };

interface TryOptions {
  readonly waitMs: number;
  readonly signal: AbortSignal | null;
  readonly isHedge: boolean;
}

interface ExecutionParts<Instance extends Endpoint, Value> {
  readonly call: FailoverCall;
  readonly attempt: Attempt<Instance, Value>;
  readonly startedMs: number;
}

const NEVER = new AbortController().signal;

/** One call that takes more than one attempt, or a closer look at who gets the first. */
export class Execution<Instance extends Endpoint, Value> {
  readonly #deps: ExecutionDeps<Instance>;
  readonly #call: FailoverCall;
  readonly #attempt: Attempt<Instance, Value>;
  readonly #endsMs: number;
  readonly #trace: AttemptTrace[] = [];
  readonly #tried: Member<Instance>[] = [];
  readonly #running = new Set<Begun<Instance>>();
  #rounds = 0;
  #executed: Executed = 'no';
  #last: RpcError | null = null;

  constructor(
    deps: ExecutionDeps<Instance>,
    { call, attempt, startedMs }: ExecutionParts<Instance, Value>,
  ) {
    this.#deps = deps;
    this.#call = call;
    this.#attempt = attempt;
    this.#endsMs = startedMs + totalMs(call);
  }

  /** From the beginning. @throws FailoverError */
  async run(): Promise<CallResult<Instance, Value>> {
    const { members, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    this.#endIfGivenUp();
    if (nowMs >= this.#endsMs) throw this.#error('timeout');
    return this.#go(members.pick(this.#call.key, nowMs), 0);
  }

  /** After a first attempt that failed. @throws FailoverError */
  async goOn(begun: Begun<Instance>, thrown: unknown): Promise<CallResult<Instance, Value>> {
    this.#rounds = 1;
    this.#tried.push(begun.member);
    this.#running.add(begun);
    const { error, member } = this.#failed(begun, thrown);
    const [next, waitMs] = await this.#nextAfter(error, member);
    return this.#go(next, waitMs);
  }

  async #go(
    chosen: Member<Instance> | Nobody,
    waitMs: number,
  ): Promise<CallResult<Instance, Value>> {
    let [next, waited] = [chosen, waitMs];
    for (;;) {
      if (typeof next === 'string') throw this.#error(next);
      this.#rounds += 1;
      const outcome = await this.#round(next, waited);
      if (outcome.ok) return this.#succeeded(outcome);
      [next, waited] = await this.#nextAfter(outcome.error, outcome.member);
    }
  }

  #succeeded({ value, member }: { value: Value; member: Member<Instance> }) {
    const { events } = this.#deps;
    const failed = this.#trace.find(({ reason, isHedge }) => reason !== null && !isHedge);
    const from = this.#tried[0];
    if (failed !== undefined && from !== undefined && from !== member) {
      events.onFailover?.({
        from: from.instance,
        to: member.instance,
        retries: this.#rounds - 1,
      });
    }
    const isTold = this.#call.isTraced || this.#trace.length > 1;
    return { value, instance: member.instance, trace: isTold ? this.#trace : [] };
  }

  /** Who is next, and how long that was waited for. */
  async #nextAfter(
    error: RpcError,
    member: Member<Instance>,
  ): Promise<[Member<Instance> | Nobody, number]> {
    const { schedule, random, clock, events } = this.#deps;
    this.#endIfGivenUp();
    const ending = this.#endingAfter(error);
    if (ending !== null) throw this.#error(ending);
    const waitMs = retryDelayMs(schedule, this.#rounds, random);
    if (clock.monotonicMs() + waitMs >= this.#endsMs) throw this.#error('timeout');
    if (!this.#spend()) throw this.#error('budget_spent');
    await this.#wait(waitMs);
    const [next, waitedMs] = await this.#rested(waitMs);
    if (typeof next !== 'string') {
      const [from, to, retry] = [member.instance, next.instance, this.#rounds];
      events.onRetry?.({ from, to, retry, reason: error.reason, waitMs: waitedMs });
    }
    return [next, waitedMs];
  }

  /** Who is next; where that one has asked to be left alone, and there is nobody else, it is. */
  async #rested(waitMs: number): Promise<[Member<Instance> | Nobody, number]> {
    const { members, choice, clock } = this.#deps;
    for (let waited = waitMs; ; ) {
      const nowMs = clock.monotonicMs();
      const next = members.pickAgain(choice, this.#tried, nowMs);
      if (typeof next === 'string' || next.restUntilMs <= nowMs) return [next, waited];
      if (next.restUntilMs >= this.#endsMs) throw this.#error('timeout');
      waited += next.restUntilMs - nowMs;
      await this.#wait(next.restUntilMs - nowMs);
    }
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await this.#deps.clock.sleep(ms, this.#call.signal ?? NEVER);
    this.#endIfGivenUp();
  }

  #endIfGivenUp(): void {
    if (this.#call.signal?.aborted === true) throw this.#error('cancelled');
  }

  /** Null: it may be tried again. */
  #endingAfter(error: RpcError): CallEnding | null {
    const { policy } = this.#call;
    if (!this.#mayRetry(error)) return error.reason === 'timeout' ? 'timeout' : 'failed';
    if (this.#rounds < policy.attemptsMax) return null;
    return policy.attemptsMax === 1 ? 'failed' : 'retries_exceeded';
  }

  #mayRetry({ reason, executed, retryAfterMs }: RpcError): boolean {
    if (retryAfterMs === Infinity) return false;
    // What another attempt may have done already counts too.
    if (!this.#call.policy.isIdempotent && this.#executed !== 'no') return false;
    const wasTurnedAway = (reason === 'draining' || reason === 'overloaded') && executed === 'no';
    return wasTurnedAway || this.#deps.retryable.has(reason);
  }

  #spend(): boolean {
    const { budget, clock, events } = this.#deps;
    if (budget.spend(clock.monotonicMs())) return true;
    events.onBudgetSpent?.();
    return false;
  }

  async #round(member: Member<Instance>, waitMs: number): Promise<Outcome<Instance, Value>> {
    const { hedge, isIdempotent } = this.#call.policy;
    if (hedge === null || !isIdempotent) {
      return this.#try(member, { waitMs, signal: this.#call.signal, isHedge: false });
    }
    return this.#hedged(member, waitMs, hedge);
  }

  /** The first one that answers counts; the others are given up. */
  async #hedged(
    member: Member<Instance>,
    waitMs: number,
    { delayMs, max }: NonNullable<CallPolicy['hedge']>,
  ): Promise<Outcome<Instance, Value>> {
    const over = new AbortController();
    const signal =
      this.#call.signal === null ? over.signal : AbortSignal.any([this.#call.signal, over.signal]);
    const begin = (nth: number) => {
      const one = nth === 0 ? member : this.#toHedge();
      return one === null
        ? null
        : this.#try(one, { waitMs: nth === 0 ? waitMs : 0, signal, isHedge: nth > 0 });
    };
    try {
      const { clock } = this.#deps;
      const outcome = await firstSuccess({ clock, delayMs, max, begin, signal });
      return outcome ?? { ok: false, error: notAllowed(member), member };
    } finally {
      this.#giveUpRunning();
      over.abort();
    }
  }

  #toHedge(): Member<Instance> | null {
    const { members, choice, clock, events } = this.#deps;
    if (this.#call.signal?.aborted === true) return null;
    const other = members.pickUntried(choice, this.#tried, clock.monotonicMs());
    if (other === null || !this.#spend()) return null;
    events.onHedge?.({ instance: other.instance });
    return other;
  }

  /** One attempt; it never rejects. */
  async #try(
    member: Member<Instance>,
    { waitMs, signal, isHedge }: TryOptions,
  ): Promise<Outcome<Instance, Value>> {
    const { clock } = this.#deps;
    const beganMs = clock.monotonicMs();
    const state = member.health.state(beganMs);
    const breaker = member.breaker.state(beganMs);
    const permit = member.begin(beganMs);
    this.#tried.push(member);
    if (permit === null) return { ok: false, error: notAllowed(member), member };
    const givenMs = Math.min(this.#call.policy.tryTimeoutMs, this.#endsMs - beganMs);
    const begun = { member, permit, beganMs, givenMs, waitMs, isHedge, state, breaker };
    this.#running.add(begun);
    try {
      const value = await this.#attempt(member.instance, givenMs, signal);
      const nowMs = clock.monotonicMs();
      member.succeed(permit, beganMs, nowMs);
      if (this.#running.delete(begun)) this.#note(begun, null);
      return { ok: true, value, member };
    } catch (thrown) {
      return this.#failed(begun, thrown);
    }
  }

  #failed(begun: Begun<Instance>, thrown: unknown): Outcome<Instance, Value> & { ok: false } {
    const { clock, members, restMaxMs } = this.#deps;
    const { member, permit } = begun;
    const error = asRpcError(thrown);
    const nowMs = clock.monotonicMs();
    const { tryTimeoutMs } = this.#call.policy;
    if (this.#running.delete(begun)) this.#note(begun, error);
    member.fail(permit, error, { ...begun, nowMs, tryTimeoutMs });
    const restMs = error.retryAfterMs ?? (error.reason === 'draining' ? restMaxMs : 0);
    if (restMs > 0) {
      member.restUntilMs = nowMs + Math.min(restMs, restMaxMs);
      members.lookCloser();
    }
    return { ok: false, error, member };
  }

  /** There is an answer: what else is on its way ends as it does. */
  #giveUpRunning(): void {
    const error = new RpcError('cancelled', 'another attempt answered first', {
      reason: 'cancelled',
      executed: 'maybe',
    });
    for (const begun of this.#running) this.#note(begun, error);
    this.#running.clear();
  }

  #note(begun: Begun<Instance>, error: RpcError | null): void {
    this.#executed = moreExecuted(this.#executed, error?.executed ?? 'yes');
    this.#last = error;
    this.#trace.push(traceOf(begun, error, this.#deps.clock.monotonicMs()));
  }

  #error(ending: CallEnding): FailoverError {
    const [cause, executed, trace] = [this.#last, this.#executed, this.#trace];
    return new FailoverError(ending, { cause, executed, trace });
  }
}

export function traceOf<Instance extends Endpoint>(
  { member, state, breaker, beganMs, waitMs, isHedge }: Begun<Instance>,
  error: RpcError | null,
  nowMs: number,
): AttemptTrace {
  return {
    instanceId: member.id,
    address: member.instance.address,
    state,
    breaker,
    reason: error?.reason ?? null,
    code: error?.code ?? null,
    message: error?.message ?? null,
    executed: error?.executed ?? 'yes',
    waitMs,
    durationMs: nowMs - beganMs,
    isHedge,
  };
}

/** What throws something else is at fault itself: nothing is known of the instance. */
function asRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  return new RpcError('internal', messageOf(thrown), { executed: 'maybe', cause: thrown });
}

function notAllowed({ id }: { readonly id: string }): RpcError {
  return new RpcError('unavailable', `the circuit breaker of ${id} does not allow the call`, {
    reason: 'service_unavailable',
    executed: 'no',
  });
}
