import type { Clock } from '../../../shared/kernel/clock.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import { ActiveChecks } from '../../../shared/resilience/active-checks.ts';
import { type CallPolicy, callPolicyOf } from '../../../shared/resilience/call-policy.ts';
import { Failover } from '../../../shared/resilience/failover.ts';
import type { ClientConfig } from '../../../shared/resilience/failover-config.ts';
import { FailoverError } from '../../../shared/resilience/failover-error.ts';
import type { Endpoint } from '../../../shared/resilience/instance.ts';
import { RpcError } from '../../../shared/rpc/rpc-error.ts';
import { SimCaller } from './sim-caller.ts';
import type { SimServer } from './sim-server.ts';

const CHECK_EVERY_MS = 100;

interface SimClientDeps {
  readonly name: string;
  readonly config: ClientConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly servers: ReadonlyMap<string, SimServer>;
  /** It looks at instances, as the client of a service does. */
  readonly isLooking: boolean;
}

interface SimCall {
  readonly id: string;
  readonly policy: CallPolicy;
  readonly caller: SimCaller;
  readonly wasPeace: boolean;
}

/** Whoever calls, and all that it saw. */
export class SimClient {
  readonly #deps: SimClientDeps;
  readonly #failover: Failover<Endpoint>;
  readonly faults: string[] = [];
  /** By instance, the attempts since it was asked for last. */
  #attempts = new Map<string, number>();
  /** Addresses by ID. */
  #known = new Map<string, string>();
  #running = 0;
  readonly #closing = new AbortController();
  readonly #checking: Promise<void>;
  calls = 0;
  retries = 0;
  failed = 0;
  cancelled = 0;
  hedges = 0;
  looks = 0;
  /** No call fails any more, says the world. */
  isPeace = false;

  constructor(deps: SimClientDeps) {
    this.#deps = deps;
    const { config, clock, random, isLooking } = deps;
    const events = { onHedge: () => void (this.hedges += 1) };
    this.#failover = new Failover({ config, clock, random, events, isLookedAt: isLooking });
    const checks = new ActiveChecks({
      ...{ failover: this.#failover, clock, everyMs: CHECK_EVERY_MS },
      timeoutMs: config.FailoverConfig.ConnectionTimeout,
      probe: (endpoint, signal) => this.#look(endpoint, signal),
    });
    this.#checking = isLooking ? checks.run(this.#closing.signal) : Promise.resolve();
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  discover(endpoints: readonly Endpoint[]): void {
    this.#known = new Map(endpoints.map(({ id, address }) => [id, address]));
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
    const method = random.next() < 0.5 ? 'read' : 'write';
    const call = {
      id: `${method} ${name}.${this.calls}`,
      policy: callPolicyOf(config, method),
      caller: SimCaller.any(clock, random),
      wasPeace: this.isPeace,
    };
    await this.#make(call);
    this.#running -= 1;
  }

  /** So many calls, one after another, of somebody who waits for each. */
  async callPatiently(count: number): Promise<void> {
    const { clock, config, name } = this.#deps;
    this.#running += 1;
    for (let nth = 0; nth < count; nth += 1) {
      this.calls += 1;
      const id = `write ${name}.${this.calls}`;
      const caller = SimCaller.patient(clock);
      await this.#make({ id, policy: callPolicyOf(config, 'write'), caller, wasPeace: true });
    }
    this.#running -= 1;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#checking;
  }

  check(): void {
    for (const { instance, inFlight } of this.#failover.view()) {
      if (inFlight !== 0) this.faults.push(`${inFlight} calls to ${instance.id} never ended`);
    }
  }

  async #make(call: SimCall): Promise<void> {
    const { clock } = this.#deps;
    const { id, policy, caller } = call;
    const { timeoutMs, signal } = caller;
    const beganMs = clock.monotonicMs();
    let attempts = 0;
    /** When it may be tried again, as those said who refused it; by address. */
    const awaited = new Map<string, number>();
    try {
      await this.#failover.execute(
        { policy, key: id, timeoutMs, signal, isTraced: false },
        (endpoint, givenMs, one) => {
          attempts += 1;
          this.#checkPushback(id, endpoint, awaited);
          const attempt = this.#attempt(id, endpoint, givenMs, one);
          attempt.catch((error: unknown) => {
            if (!(error instanceof RpcError) || error.retryAfterMs === null) return;
            awaited.set(endpoint.address, clock.monotonicMs() + error.retryAfterMs);
          });
          return attempt;
        },
      );
    } catch (error) {
      this.#failed(call, error);
    }
    caller.end();
    this.retries += Math.max(0, attempts - 1);
    const totalMs = Math.min(policy.totalTimeoutMs, timeoutMs ?? Number.POSITIVE_INFINITY);
    if (clock.monotonicMs() - beganMs > totalMs + 1) {
      this.faults.push(`${id} went on after its deadline`);
    }
    if (caller.isLate) this.faults.push(`${id} went on after its caller had given up`);
    if (attempts > policy.attemptsMax * (1 + (policy.hedge?.max ?? 0))) {
      this.faults.push(`${id} was tried ${attempts} times`);
    }
  }

  #checkPushback(callId: string, { address }: Endpoint, awaited: ReadonlyMap<string, number>) {
    const untilMs = awaited.get(address) ?? 0;
    if (untilMs > this.#deps.clock.monotonicMs() || [...awaited.values()].includes(Infinity)) {
      this.faults.push(`${callId} went on though ${address} had asked it not to`);
    }
  }

  #attempt(
    callId: string,
    { id, address }: Endpoint,
    timeoutMs: number,
    signal: AbortSignal | null,
  ): Promise<string> {
    if (this.#known.get(id) !== address) this.faults.push(`${id} had left, and got ${callId}`);
    this.#attempts.set(id, (this.#attempts.get(id) ?? 0) + 1);
    return this.#server(id).call(callId, timeoutMs, signal);
  }

  #look({ id }: Endpoint, signal: AbortSignal): Promise<boolean> {
    this.looks += 1;
    return this.#server(id).look(signal);
  }

  #server(id: string): SimServer {
    const server = this.#deps.servers.get(id);
    if (server === undefined) throw new Error(`there is no ${id}`);
    return server;
  }

  #failed({ id, caller, wasPeace }: SimCall, error: unknown): void {
    this.failed += 1;
    if (!(error instanceof FailoverError)) {
      this.faults.push(`${id} failed with ${String(error)}`);
      return;
    }
    const { reason, message } = error;
    const isCancelled = reason === 'cancelled';
    if (isCancelled) this.cancelled += 1;
    if (isCancelled !== caller.hasGivenUp) {
      this.faults.push(`${id} failed with "${message}", given up: ${caller.hasGivenUp}`);
    }
    const isOwnDoing = isCancelled || (reason === 'timeout' && caller.timeoutMs !== null);
    if (wasPeace && reason !== 'application' && !isOwnDoing) {
      this.faults.push(`${id} failed in peace: ${message}`);
    }
  }
}
