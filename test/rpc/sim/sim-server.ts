import type { Clock } from '../../../shared/kernel/clock.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import type { Endpoint } from '../../../shared/resilience/instance.ts';
import { type Executed, RpcError } from '../../../shared/rpc/rpc-error.ts';

export type Mood = 'well' | 'down' | 'hung' | 'slow' | 'faulty' | 'draining' | 'overloaded';
export const MOODS: readonly Mood[] = ['down', 'hung', 'slow', 'faulty', 'draining', 'overloaded'];

export interface Wire {
  /** The share of requests, and of answers, that are lost. */
  lost: number;
  /** True: it says of what became nothing that it was not executed, which it cannot know. */
  readonly isLying: boolean;
}

interface SimServerDeps {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly wire: Wire;
  /** By ID of the call, how often it was executed. */
  readonly executions: Map<string, number>;
  readonly workMs: number;
}

/** A server behind a network that loses things. */
export class SimServer {
  readonly #deps: SimServerDeps;
  mood: Mood = 'well';
  /** As discovery knows it. */
  endpoint: Endpoint;
  isListed = true;

  constructor(deps: SimServerDeps) {
    this.#deps = deps;
    this.endpoint = deps.endpoint;
  }

  /** What its health service says, to whoever can hear it. */
  async look(signal: AbortSignal): Promise<boolean> {
    const { clock, wire, random } = this.#deps;
    if (this.mood === 'down') return false;
    const isLost = this.mood === 'hung' || random.next() < wire.lost;
    await clock.sleep(isLost ? Number.MAX_SAFE_INTEGER : 2 * random.next(), signal);
    if (this.mood === 'faulty') return random.next() < 0.5;
    return !isLost && this.mood !== 'draining';
  }

  /** One attempt, as a transport makes it: it ends by itself when its time is over. */
  async call(callId: string, timeoutMs: number, signal: AbortSignal | null): Promise<string> {
    const { clock, wire, random } = this.#deps;
    const endsMs = clock.monotonicMs() + timeoutMs;
    if (this.mood === 'down') {
      await this.#pass(1, endsMs, signal);
      throw refusal('connection_refused');
    }
    if (random.next() < wire.lost) await this.#forEver(endsMs, signal);
    await this.#pass(2 * random.next(), endsMs, signal);
    const answer = await this.#serve(callId, endsMs, signal);
    if (random.next() < wire.lost) await this.#forEver(endsMs, signal);
    return answer;
  }

  async #serve(callId: string, endsMs: number, signal: AbortSignal | null): Promise<string> {
    const { random, workMs, executions } = this.#deps;
    if (this.mood === 'hung') await this.#forEver(endsMs, signal);
    if (this.mood === 'draining') throw refusal('draining');
    if (this.mood === 'overloaded') {
      throw refusal('overloaded', random.next() < 0.1 ? Infinity : 800 * random.next());
    }
    if (this.mood === 'faulty' && random.next() < 0.5) throw refusal('service_unavailable');
    executions.set(callId, (executions.get(callId) ?? 0) + 1);
    await this.#pass(workMs * (this.mood === 'slow' ? 20 : 1), endsMs, signal);
    if (random.next() < 0.02) throw new RpcError('not_found', 'no such thing');
    return this.endpoint.id;
  }

  #forEver(endsMs: number, signal: AbortSignal | null): Promise<void> {
    return this.#pass(Number.MAX_SAFE_INTEGER, endsMs, signal);
  }

  async #pass(ms: number, endsMs: number, signal: AbortSignal | null): Promise<void> {
    const { clock, wire } = this.#deps;
    const leftMs = endsMs - clock.monotonicMs();
    await clock.sleep(Math.max(0, Math.min(ms, leftMs)), signal ?? NEVER);
    const executed: Executed = wire.isLying ? 'no' : 'maybe';
    if (signal?.aborted === true) {
      throw new RpcError('cancelled', 'given up', { reason: 'cancelled', executed: 'maybe' });
    }
    if (ms < leftMs) return;
    throw new RpcError('deadline_exceeded', 'no answer', { reason: 'timeout', executed });
  }
}

const NEVER = new AbortController().signal;

function refusal(
  reason: 'connection_refused' | 'draining' | 'overloaded' | 'service_unavailable',
  retryAfterMs?: number,
): RpcError {
  const more = retryAfterMs !== undefined && { retryAfterMs };
  return new RpcError('unavailable', reason, { reason, executed: 'no', ...more });
}
