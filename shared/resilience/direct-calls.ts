import type { Clock } from '../kernel/clock.ts';
import type { RandomSource } from '../kernel/random.ts';
import { Breaker, type BreakerOptions } from './breaker.ts';
import { breakerOptionsOf } from './breaker-policy.ts';
import type { Choice, Nobody } from './choice.ts';
import type { Evidence } from './evidence.ts';
import { Execution, type ExecutionDeps } from './execution.ts';
import { executionRulesOf } from './execution-rules.ts';
import type { Attempt, CallResult, FailoverCall } from './failover-call.ts';
import type { FailoverConfig } from './failover-config.ts';
import { FailoverError } from './failover-error.ts';
import type { FailoverEvents } from './failover-events.ts';
import type { Endpoint } from './instance.ts';
import { InstanceHealth } from './instance-health.ts';
import { Member } from './member.ts';

/** Of instances that fail, so many are remembered. */
const REMEMBERED_MAX = 100_000;

interface DirectCallsDeps<Instance extends Endpoint> {
  readonly config: FailoverConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events?: FailoverEvents<Instance>;
}

/**
 * Calls that are each meant for one instance, as a command to one machine of many is: what another
 * one would answer is of no use. What may be tried again, when, and how often all in all is as for
 * any call; and one that fails again and again is left alone for a while. Of those that are well
 * nothing is kept, so there may be any number of them.
 */
export class DirectCalls<Instance extends Endpoint> {
  readonly #execution: Omit<ExecutionDeps<Instance>, 'members'>;
  readonly #breaker: BreakerOptions;
  /** Called now, or failing of late. */
  readonly #members = new Map<string, Member<Instance>>();

  constructor({ config, clock, random, events = {} }: DirectCallsDeps<Instance>) {
    this.#breaker = breakerOptionsOf(config);
    this.#execution = { ...executionRulesOf(config), clock, random, events };
  }

  /** How many are remembered: those that are called now, and those that fail. */
  get size(): number {
    return this.#members.size;
  }

  /** @throws FailoverError, always; its cause is the last failure, also where that was an earlier call's. */
  async execute<Value>(
    instance: Instance,
    call: FailoverCall,
    attempt: Attempt<Instance, Value>,
  ): Promise<CallResult<Instance, Value>> {
    const { clock, budget } = this.#execution;
    const startedMs = clock.monotonicMs();
    const member = this.#memberOf(instance);
    if (!member.breaker.wouldAllow(startedMs)) {
      const cause = member.counts.lastError;
      throw new FailoverError('circuit_open', { cause, executed: 'no', trace: [] });
    }
    budget.earn(startedMs);
    const deps = { ...this.#execution, members: new OnlyOne(member) };
    try {
      return await new Execution(deps, { call, attempt, startedMs }).run();
    } finally {
      this.#keep(member);
    }
  }

  #memberOf(instance: Instance): Member<Instance> {
    const known = this.#members.get(instance.id);
    if (known !== undefined) return known;
    const member = this.#newMember(instance);
    this.#members.set(instance.id, member);
    return member;
  }

  #keep({ id, inFlight, breaker }: Member<Instance>): void {
    if (inFlight === 0 && breaker.isFresh) this.#members.delete(id);
    if (this.#members.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#members.keys();
    if (oldest !== undefined) this.#members.delete(oldest);
  }

  #newMember(instance: Instance): Member<Instance> {
    const { events } = this.#execution;
    const breaker = new Breaker(this.#breaker, (state) => events.onBreak?.({ instance, state }));
    return new Member(instance, { breaker, health: unjudged(), isJudgedByCalls: false });
  }
}

/** There is no choice. */
class OnlyOne<Instance extends Endpoint> implements Choice<Instance> {
  readonly all: readonly [Member<Instance>];

  constructor(member: Member<Instance>) {
    this.all = [member];
  }

  pick(_key: string | null, nowMs: number): Member<Instance> | Nobody {
    const [member] = this.all;
    return member.breaker.wouldAllow(nowMs) ? member : 'circuit_open';
  }

  pickAgain(_how: unknown, _tried: unknown, nowMs: number): Member<Instance> | Nobody {
    return this.pick(null, nowMs);
  }

  pickUntried(): null {
    return null;
  }

  lookCloser(): void {}
}

const NO_EVIDENCE: Evidence = {
  success: () => undefined,
  failure: () => undefined,
  verdict: () => 'well',
  reset: () => undefined,
};

/** Health is what a choice goes by. */
function unjudged(): InstanceHealth {
  return new InstanceHealth({
    evidence: NO_EVIDENCE,
    recovery: { strategy: 'immediate', intervalMs: 0, timeoutMs: 0, threshold: 1 },
    mayEject: () => false,
  });
}
