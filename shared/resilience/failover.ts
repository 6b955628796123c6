import type { Clock } from '../kernel/clock.ts';
import type { RandomSource } from '../kernel/random.ts';
import type { Trace } from './attempt-trace.ts';
import { createBalancer } from './balancers/create-balancer.ts';
import type { BreakerState } from './breaker.ts';
import { breakerOptionsOf } from './breaker-policy.ts';
import { ConsecutiveFailures, ErrorRate, type Evidence } from './evidence.ts';
import { Execution, type ExecutionDeps, traceOf } from './execution.ts';
import { executionRulesOf } from './execution-rules.ts';
import { type Attempt, type CallResult, type FailoverCall, totalMs } from './failover-call.ts';
import type { ClientConfig, FailoverConfig } from './failover-config.ts';
import type { FailoverEvents } from './failover-events.ts';
import type { Endpoint } from './instance.ts';
import type { HealthState } from './instance-health.ts';
import type { Member, MemberCounts } from './member.ts';
import { Members, type MembersOptions } from './members.ts';
import type { RetryBudget } from './retry-budget.ts';

/** Health checks count over so many of their periods: none of them is late to the millisecond. */
const CHECKS_COUNTED = 3;
const NO_TRACE: Trace = [];

interface FailoverDeps<Instance extends Endpoint> {
  readonly config: ClientConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events?: FailoverEvents<Instance>;
  /** True: `ActiveChecks` look at instances, so that no call is risked for it. */
  readonly isLookedAt?: boolean;
}

/** What is known of an instance now. */
export interface InstanceView<Instance extends Endpoint> extends MemberCounts {
  readonly instance: Instance;
  readonly state: HealthState;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly latencyMs: number | null;
  /** Of the calls that are its own, how many it may get: 0 to 1. */
  readonly share: number;
}

/**
 * Calls instances of a service: chooses one, and tries others where that may be done; and keeps what
 * it learns about them. A call that succeeds at once costs little more than the choice.
 */
export class Failover<Instance extends Endpoint> {
  readonly #config: FailoverConfig;
  readonly #members: Members<Instance>;
  readonly #execution: ExecutionDeps<Instance>;
  readonly #clock: Clock;
  readonly #budget: RetryBudget;
  readonly #checkedMs = new Map<string, number>();

  constructor({ config, clock, random, events = {}, isLookedAt = false }: FailoverDeps<Instance>) {
    const { FailoverConfig, Balancer, Zone, BalancerInZone, EnableFailover } = config;
    this.#config = FailoverConfig;
    this.#clock = clock;
    this.#members = new Members({
      options: { ...membersOptions(FailoverConfig), isLookedAt, isGuarded: EnableFailover },
      balancer: createBalancer({ name: Balancer, random, zone: Zone, within: BalancerInZone }),
      random,
      onBreak: ({ instance }, state) => events.onBreak?.({ instance, state }),
      onHealth: ({ instance, health }, state) => {
        events.onHealth?.({ instance, state });
        if (state === 'isolated') events.onEject?.({ instance, forMs: health.isolatedForMs });
      },
    });
    const rules = executionRulesOf(FailoverConfig);
    this.#budget = rules.budget;
    this.#execution = { ...rules, members: this.#members, random, clock, events };
  }

  /** Who there is, as discovery says; an instance that is no longer among them gets no new call. */
  set(instances: readonly Instance[]): void {
    this.#members.set(instances);
    for (const id of this.#checkedMs.keys()) {
      if (this.#members.byId(id) === null) this.#checkedMs.delete(id);
    }
  }

  /** @throws FailoverError, always: with all that was tried. */
  async execute<Value>(
    call: FailoverCall,
    attempt: Attempt<Instance, Value>,
  ): Promise<CallResult<Instance, Value>> {
    const beganMs = this.#clock.monotonicMs();
    this.#budget.earn(beganMs);
    const { policy, signal } = call;
    const givenMs = Math.min(policy.tryTimeoutMs, totalMs(call));
    const isSimple = policy.hedge === null && signal?.aborted !== true && givenMs > 0;
    const member = isSimple ? this.#members.pickPlain(call.key, beganMs) : null;
    const permit = member === null ? null : member.begin(beganMs);
    if (member === null || permit === null) {
      return this.#execute(call, attempt, beganMs).run();
    }
    let value: Value;
    try {
      value = await attempt(member.instance, givenMs, signal);
    } catch (thrown) {
      const begun = begunOf(member, { permit, beganMs, givenMs });
      return this.#execute(call, attempt, beganMs).goOn(begun, thrown);
    }
    const nowMs = this.#clock.monotonicMs();
    member.succeed(permit, beganMs, nowMs);
    const trace = call.isTraced
      ? [traceOf(begunOf(member, { permit, beganMs, givenMs }), null, nowMs)]
      : NO_TRACE;
    return { value, instance: member.instance, trace };
  }

  view(): readonly InstanceView<Instance>[] {
    const nowMs = this.#clock.monotonicMs();
    return this.#members.all.map((member) => ({
      instance: member.instance,
      state: member.health.state(nowMs),
      breaker: member.breaker.state(nowMs),
      inFlight: member.inFlight,
      latencyMs: member.latencyMs,
      share: member.weight > 0 ? member.health.share(nowMs) : 0,
      ...member.counts,
    }));
  }

  /** Retries that the budget allows now, and those that it did not allow. */
  budget(): { readonly tokens: number; readonly refused: number } {
    return {
      tokens: this.#budget.tokens(this.#clock.monotonicMs()),
      refused: this.#budget.refused,
    };
  }

  /** Those that should be looked at now, no more than `most`; whoever asks looks, and says what came of it. */
  takeChecks(most: number): readonly Instance[] {
    const nowMs = this.#clock.monotonicMs();
    const due: Instance[] = [];
    for (const member of this.#members.all) {
      if (due.length >= most) break;
      if (member.health.takeProbe(nowMs) || this.#takeCheck(member, nowMs)) {
        due.push(member.instance);
      }
    }
    return due;
  }

  checked({ id }: Instance, isWell: boolean): void {
    const member = this.#members.byId(id);
    if (member === null) return;
    const nowMs = this.#clock.monotonicMs();
    const { health } = member;
    if (health.getsNothing && isWell) health.endIsolation(nowMs);
    if (!health.getsNothing && this.#config.Detector !== 'health_check') return;
    if (isWell) health.success(nowMs);
    else health.failure(nowMs);
  }

  #takeCheck({ id }: Member<Instance>, nowMs: number): boolean {
    const { Detector, FailureDetectionTime } = this.#config;
    if (Detector !== 'health_check') return false;
    const checkedMs = this.#checkedMs.get(id) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - checkedMs < FailureDetectionTime) return false;
    this.#checkedMs.set(id, nowMs);
    return true;
  }

  #execute<Value>(call: FailoverCall, attempt: Attempt<Instance, Value>, startedMs: number) {
    return new Execution(this.#execution, { call, attempt, startedMs });
  }
}

function begunOf<Instance extends Endpoint>(
  member: Member<Instance>,
  begun: { readonly permit: number; readonly beganMs: number; readonly givenMs: number },
) {
  const state = member.health.state(begun.beganMs);
  const breaker = member.breaker.state(begun.beganMs);
  return { member, ...begun, state, breaker, waitMs: 0, isHedge: false };
}

function membersOptions(config: FailoverConfig): Omit<MembersOptions, 'isLookedAt' | 'isGuarded'> {
  return {
    breaker: breakerOptionsOf(config),
    recovery: {
      strategy: config.RecoveryStrategy,
      intervalMs: config.RecoveryInterval,
      timeoutMs: config.RecoveryTimeout,
      threshold: config.RecoveryThreshold,
    },
    limit: { ejectedShareMax: config.EjectedShareMax, panicShare: config.PanicShare },
    newEvidence: () => newEvidence(config),
    isJudgedByCalls: config.Detector !== 'health_check',
  };
}

function newEvidence(config: FailoverConfig): Evidence {
  const { Detector, FailureDetectionTime, FailureThreshold, SuccessThreshold } = config;
  if (Detector === 'error_rate') return new ErrorRate({ windowMs: FailureDetectionTime });
  const periods = Detector === 'health_check' ? CHECKS_COUNTED : 1;
  return new ConsecutiveFailures({
    windowMs: periods * FailureDetectionTime,
    failureThreshold: FailureThreshold,
    successThreshold: SuccessThreshold,
  });
}
