import type { Clock } from '../../../shared/kernel/clock.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import { callPolicyOf } from '../../../shared/resilience/call-policy.ts';
import { Failover } from '../../../shared/resilience/failover.ts';
import type { ClientConfig } from '../../../shared/resilience/failover-config.ts';
import { FailoverError } from '../../../shared/resilience/failover-error.ts';
import type { Endpoint } from '../../../shared/resilience/instance.ts';
import type { SimServer } from './sim-server.ts';

interface SimClientDeps {
  readonly name: string;
  readonly config: ClientConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly servers: ReadonlyMap<string, SimServer>;
}

/** Whoever calls, and all that it saw. */
export class SimClient {
  readonly #deps: SimClientDeps;
  readonly #failover: Failover<Endpoint>;
  readonly faults: string[] = [];
  /** By instance, the attempts since it was asked for last. */
  #attempts = new Map<string, number>();
  #known = new Set<string>();
  #running = 0;
  calls = 0;
  retries = 0;
  failed = 0;
  /** No call fails any more, says the world. */
  isPeace = false;

  constructor(deps: SimClientDeps) {
    this.#deps = deps;
    const { config, clock, random } = deps;
    this.#failover = new Failover({ config, clock, random });
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  discover(endpoints: readonly Endpoint[]): void {
    this.#known = new Set(endpoints.map(({ id }) => id));
    this.#failover.set(endpoints);
  }

  takeAttempts(): Map<string, number> {
    const attempts = this.#attempts;
    this.#attempts = new Map();
    return attempts;
  }

  async call(): Promise<void> {
    const { clock, config, random, name } = this.#deps;
    this.calls += 1;
    this.#running += 1;
    const isRead = random.next() < 0.5;
    const policy = callPolicyOf(config, isRead ? 'read' : 'write');
    const callId = `${isRead ? 'read' : 'write'} ${name}.${this.calls}`;
    const beganMs = clock.monotonicMs();
    const wasPeace = this.isPeace;
    const call = { policy, key: callId, timeoutMs: null, signal: null, isTraced: false };
    let attempts = 0;
    try {
      await this.#failover.execute(call, (endpoint, timeoutMs, signal) => {
        attempts += 1;
        return this.#attempt(callId, endpoint, timeoutMs, signal);
      });
    } catch (error) {
      this.#failed(callId, error, wasPeace);
    }
    this.#running -= 1;
    this.retries += Math.max(0, attempts - 1);
    if (clock.monotonicMs() - beganMs > policy.totalTimeoutMs + 1) {
      this.faults.push(`${callId} went on after its deadline`);
    }
  }

  check(): void {
    for (const { instance, inFlight } of this.#failover.view()) {
      if (inFlight !== 0) this.faults.push(`${inFlight} calls to ${instance.id} never ended`);
    }
  }

  #attempt(callId: string, { id }: Endpoint, timeoutMs: number, signal: AbortSignal | null) {
    if (!this.#known.has(id)) this.faults.push(`${id} had left, and got ${callId}`);
    this.#attempts.set(id, (this.#attempts.get(id) ?? 0) + 1);
    const server = this.#deps.servers.get(id);
    if (server === undefined) throw new Error(`there is no ${id}`);
    return server.call(callId, timeoutMs, signal);
  }

  #failed(callId: string, error: unknown, wasPeace: boolean): void {
    this.failed += 1;
    if (!(error instanceof FailoverError))
      this.faults.push(`${callId} failed with ${String(error)}`);
    else if (wasPeace && error.reason !== 'application') {
      this.faults.push(`${callId} failed in peace: ${error.message}`);
    }
  }
}
