import type { RpcError } from '../rpc/rpc-error.ts';
import { blameFor, isMeasure, isNoMeasure } from './blame.ts';
import type { Breaker, CallEnd } from './breaker.ts';
import { hashOf } from './hash.ts';
import type { Candidate, Endpoint } from './instance.ts';
import type { InstanceHealth } from './instance-health.ts';
import { peakAverageMs } from './latency.ts';

/** A failure counts as an answer that took so many times as long, so that nobody is fast by failing. */
const FAILURE_TIMES = 4;
const UNKNOWN_MS = 100;
const LATENCY_MAX_MS = 60_000;

interface MemberParts {
  readonly breaker: Breaker;
  readonly health: InstanceHealth;
  /** Whether outcomes of calls speak for its health, or only looks at it. */
  readonly isJudgedByCalls: boolean;
}

/** Counts since it came. Times are monotonic ms; null: never. */
export interface MemberCounts {
  readonly requests: number;
  readonly successes: number;
  readonly failures: number;
  /** Of those that answered, altogether. */
  readonly durationMs: number;
  readonly lastSuccessMs: number | null;
  readonly lastFailureMs: number | null;
  readonly lastError: RpcError | null;
}

/** What a client keeps about one instance. */
export class Member<Instance extends Endpoint> implements Candidate {
  readonly id: string;
  readonly hash: number;
  readonly breaker: Breaker;
  readonly health: InstanceHealth;
  readonly #isJudgedByCalls: boolean;
  #instance: Instance;
  weight: number;
  zone: string;
  ordinal = 0;
  inFlight = 0;
  latencyMs: number | null = null;
  latencyAtMs = 0;
  /** It has asked to be left alone until then, or goes away. */
  restUntilMs = Number.NEGATIVE_INFINITY;
  #requests = 0;
  #successes = 0;
  #failures = 0;
  #durationMs = 0;
  /** How long the last answer took; failures do not count, or many at once would add up without end. */
  #answerMs: number | null = null;
  #lastSuccessMs: number | null = null;
  #lastFailureMs: number | null = null;
  #lastError: RpcError | null = null;

  constructor(instance: Instance, { breaker, health, isJudgedByCalls }: MemberParts) {
    this.#instance = instance;
    this.id = instance.id;
    this.hash = hashOf(instance.id);
    this.weight = instance.weight;
    this.zone = instance.zone;
    this.breaker = breaker;
    this.health = health;
    this.#isJudgedByCalls = isJudgedByCalls;
  }

  get instance(): Instance {
    return this.#instance;
  }

  get counts(): MemberCounts {
    return {
      requests: this.#requests,
      successes: this.#successes,
      failures: this.#failures,
      durationMs: this.#durationMs,
      lastSuccessMs: this.#lastSuccessMs,
      lastFailureMs: this.#lastFailureMs,
      lastError: this.#lastError,
    };
  }

  update(instance: Instance): void {
    this.#instance = instance;
    this.weight = instance.weight;
    this.zone = instance.zone;
  }

  /** Nothing keeps calls from it, and nothing needs to be looked at before one. */
  isPlain(nowMs: number): boolean {
    return this.health.isIn && this.breaker.isClosed && this.restUntilMs <= nowMs;
  }

  /** A call begins; what is returned ends it. Null: its breaker does not allow it. */
  begin(nowMs: number): number | null {
    const permit = this.breaker.begin(nowMs);
    if (permit === null) return null;
    this.inFlight += 1;
    this.#requests += 1;
    return permit;
  }

  succeed(permit: number, beganMs: number, nowMs: number): void {
    this.inFlight -= 1;
    this.#successes += 1;
    this.#durationMs += nowMs - beganMs;
    this.#lastSuccessMs = nowMs;
    this.#answerMs = nowMs - beganMs;
    this.#measure(nowMs - beganMs, nowMs);
    this.breaker.end(permit, 'success', nowMs);
    if (this.#isJudgedByCalls) this.health.success(nowMs);
  }

  fail(
    permit: number,
    error: RpcError,
    time: { readonly beganMs: number; readonly nowMs: number } & {
      readonly givenMs: number;
      readonly tryTimeoutMs: number;
    },
  ): void {
    const { nowMs, beganMs } = time;
    const end = blameFor(error, { ...time, latencyMs: this.latencyMs });
    this.inFlight -= 1;
    this.#failures += 1;
    this.#lastFailureMs = nowMs;
    this.#lastError = error;
    this.#measureFailure(error, nowMs - beganMs, nowMs);
    this.breaker.end(permit, end, nowMs);
    if (this.#isJudgedByCalls) this.#judge(end, nowMs);
  }

  #judge(end: CallEnd, nowMs: number): void {
    if (end === 'success') this.health.success(nowMs);
    if (end === 'failure') this.health.failure(nowMs);
  }

  #measureFailure(error: RpcError, tookMs: number, nowMs: number): void {
    if (isNoMeasure(error)) return;
    if (isMeasure(error)) {
      this.#answerMs = tookMs;
      this.#measure(tookMs, nowMs);
      return;
    }
    const knownMs = this.#answerMs === null ? UNKNOWN_MS : FAILURE_TIMES * this.#answerMs;
    this.#measure(Math.min(LATENCY_MAX_MS, Math.max(tookMs, knownMs)), nowMs);
  }

  #measure(tookMs: number, nowMs: number): void {
    this.latencyMs = peakAverageMs(this.latencyMs, tookMs, nowMs - this.latencyAtMs);
    this.latencyAtMs = nowMs;
  }
}
