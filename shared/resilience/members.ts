import type { RandomSource } from '../kernel/random.ts';
import type { Balancer } from './balancers/balancer.ts';
import { costOf } from './balancers/fastest-response.ts';
import { Breaker, type BreakerOptions, type BreakerState } from './breaker.ts';
import type { Choice, Nobody, RetryChoice } from './choice.ts';
import { type EjectionLimit, isPanic, mayEject } from './ejection-limit.ts';
import type { Evidence } from './evidence.ts';
import type { Endpoint } from './instance.ts';
import { type HealthState, InstanceHealth, type RecoveryOptions } from './instance-health.ts';
import { Member } from './member.ts';

export interface MembersOptions {
  readonly breaker: BreakerOptions;
  readonly recovery: RecoveryOptions;
  readonly limit: EjectionLimit;
  readonly newEvidence: () => Evidence;
  readonly isJudgedByCalls: boolean;
  /** Somebody looks at instances, so that no call needs to be risked for that. */
  readonly isLookedAt: boolean;
  /** False: nothing is ever kept from an instance. */
  readonly isGuarded: boolean;
}

interface MembersDeps<Instance extends Endpoint> {
  readonly options: MembersOptions;
  readonly balancer: Balancer;
  readonly random: RandomSource;
  readonly onBreak: (member: Member<Instance>, state: BreakerState) => void;
  readonly onHealth: (member: Member<Instance>, state: HealthState) => void;
}

/** The instances there are, and who of them gets the next call. */
export class Members<Instance extends Endpoint> implements Choice<Instance> {
  readonly #deps: MembersDeps<Instance>;
  #byId = new Map<string, Member<Instance>>();
  /** Those that have weight, in their order. It is never changed, only replaced. */
  #all: readonly Member<Instance>[] = [];
  /** All of them may be called without a closer look. */
  #arePlain = true;

  constructor(deps: MembersDeps<Instance>) {
    this.#deps = deps;
  }

  get all(): readonly Member<Instance>[] {
    return [...this.#byId.values()];
  }

  /** Whoever is not among them any more gets no new call; who comes again has no past. */
  set(instances: readonly Instance[]): void {
    const before = this.#byId;
    this.#byId = new Map();
    for (const instance of instances) {
      const known = before.get(instance.id);
      // At another address it is another process.
      const isSame = known !== undefined && known.instance.address === instance.address;
      if (isSame) known.update(instance);
      this.#byId.set(instance.id, isSame ? known : this.#newMember(instance));
    }
    this.#all = [...this.#byId.values()].filter(({ weight }) => weight > 0);
    for (const [ordinal, member] of this.#all.entries()) member.ordinal = ordinal;
    this.#arePlain = false;
  }

  has(member: Member<Instance>): boolean {
    return this.#byId.get(member.id) === member;
  }

  byId(id: string): Member<Instance> | null {
    return this.#byId.get(id) ?? null;
  }

  /** Who gets the call, where that takes no closer look; else null. */
  pickPlain(key: string | null, nowMs: number): Member<Instance> | null {
    return this.#arePlain ? this.#deps.balancer.pick(this.#all, key, nowMs) : null;
  }

  pick(key: string | null, nowMs: number): Member<Instance> | Nobody {
    const { balancer, options } = this.#deps;
    this.#arePlain = !options.isGuarded || this.#all.every((member) => member.isPlain(nowMs));
    if (this.#arePlain) return balancer.pick(this.#all, key, nowMs) ?? 'no_instances';
    const probed = options.isLookedAt ? null : this.#toProbe(nowMs);
    if (probed !== null) return probed;
    const admitted = this.#admitted(this.#all, nowMs);
    return balancer.pick(admitted, key, nowMs) ?? this.#whyNobody(nowMs);
  }

  pickAgain(
    how: RetryChoice,
    tried: readonly Member<Instance>[],
    nowMs: number,
  ): Member<Instance> | Nobody {
    return (
      this.pickUntried(how, tried, nowMs) ??
      this.#oneOf(how, this.#admitted(this.#all, nowMs), { after: tried.at(-1), nowMs }) ??
      this.#whyNobody(nowMs)
    );
  }

  pickUntried(
    how: RetryChoice,
    tried: readonly Member<Instance>[],
    nowMs: number,
  ): Member<Instance> | null {
    const untried = this.#all.filter((member) => !tried.includes(member));
    const admitted = this.#admitted(untried, nowMs);
    return this.#oneOf(how, admitted, { after: tried.at(-1), nowMs });
  }

  lookCloser(): void {
    this.#arePlain = false;
  }

  /** Of those, who may get a call now. One that comes back is among them as often as its share says. */
  #admitted(members: readonly Member<Instance>[], nowMs: number): readonly Member<Instance>[] {
    if (this.#arePlain) return members;
    const isPanicking = this.#isPanic(nowMs);
    const allowed = members.filter(
      ({ health, breaker }) =>
        (isPanicking || health.share(nowMs) > 0) && breaker.wouldAllow(nowMs),
    );
    const awake = allowed.filter(({ restUntilMs }) => restUntilMs <= nowMs);
    const admitted = isPanicking ? awake : awake.filter((member) => this.#isItsTurn(member, nowMs));
    if (admitted.length > 0) return admitted;
    return awake.length > 0 ? awake : allowed;
  }

  #isItsTurn({ health }: Member<Instance>, nowMs: number): boolean {
    const share = health.share(nowMs);
    return share >= 1 || this.#deps.random.next() < share;
  }

  #isPanic(nowMs: number): boolean {
    let well = 0;
    for (const { health, breaker } of this.#all) {
      const isWell = health.share(nowMs) > 0 && health.state(nowMs) !== 'unhealthy';
      if (isWell && breaker.wouldAllow(nowMs)) well += 1;
    }
    return isPanic(this.#deps.options.limit, well, this.#all.length);
  }

  #toProbe(nowMs: number): Member<Instance> | null {
    for (const member of this.#all) {
      if (member.health.isIn || !member.breaker.wouldAllow(nowMs)) continue;
      if (member.health.state(nowMs) === 'recovering' && member.health.takeProbe(nowMs)) {
        return member;
      }
    }
    return null;
  }

  #oneOf(
    how: RetryChoice,
    admitted: readonly Member<Instance>[],
    { after, nowMs }: { readonly after: Member<Instance> | undefined; readonly nowMs: number },
  ): Member<Instance> | null {
    const first = admitted[0] ?? null;
    switch (how) {
      case 'next':
        return admitted.find(({ ordinal }) => ordinal > (after?.ordinal ?? -1)) ?? first;
      case 'random':
        return admitted[Math.floor(this.#deps.random.next() * admitted.length)] ?? null;
      case 'best':
        return admitted.reduce(
          (best, one) => (best === null || costOf(one, nowMs) < costOf(best, nowMs) ? one : best),
          first,
        );
    }
  }

  #whyNobody(nowMs: number): Nobody {
    const isKept = this.#all.some(({ breaker }) => !breaker.wouldAllow(nowMs));
    return isKept ? 'circuit_open' : 'no_instances';
  }

  #newMember(instance: Instance): Member<Instance> {
    const { options, onBreak, onHealth } = this.#deps;
    const { isJudgedByCalls, isGuarded } = options;
    const breaker = new Breaker(isGuarded ? options.breaker : NEVER_OPENS, (state) => {
      this.lookCloser();
      if (this.has(member)) onBreak(member, state);
    });
    const health: InstanceHealth = new InstanceHealth({
      evidence: options.newEvidence(),
      recovery: options.recovery,
      mayEject: () => this.#mayEject(member),
      onChange: (state) => {
        this.lookCloser();
        // What is still on its way to it would only say once more what is known.
        if (state === 'isolated') breaker.forget();
        if (state === 'recovering') member.latencyMs = null;
        if (this.has(member)) onHealth(member, state);
      },
    });
    const member: Member<Instance> = new Member(instance, {
      breaker,
      health,
      isJudgedByCalls: isJudgedByCalls && isGuarded,
    });
    return member;
  }

  #mayEject(member: Member<Instance>): boolean {
    if (!this.has(member)) return false;
    let isolated = 0;
    for (const other of this.#all) {
      if (other !== member && other.health.getsNothing) isolated += 1;
    }
    return mayEject(this.#deps.options.limit, isolated, this.#all.length);
  }
}

const NEVER_OPENS: BreakerOptions = {
  threshold: Number.POSITIVE_INFINITY,
  openMs: 0,
  growth: 1,
  growthMax: 1,
  halfOpenMax: 1,
  successesToClose: 1,
  failuresToReopen: 1,
};
