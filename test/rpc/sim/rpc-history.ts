import type { RandomSource } from '../../../shared/kernel/random.ts';
import {
  BALANCERS,
  SIMPLE_BALANCERS,
} from '../../../shared/resilience/balancers/create-balancer.ts';
import {
  ClientConfig,
  type ClientConfigInput,
} from '../../../shared/resilience/failover-config.ts';
import type { Endpoint } from '../../../shared/resilience/instance.ts';
import { seededRandom } from '../../delivery/support/seeded-random.ts';
import { SimProcess } from '../../sim/sim-process.ts';
import { Timeline } from '../../sim/timeline.ts';
import { SimClient } from './sim-client.ts';
import { MOODS, SimServer, type Wire } from './sim-server.ts';

const FAULTY_MS = 15_000;
/** By then what was isolated has come back, and averages have forgotten. */
const SETTLED_MS = FAULTY_MS + 25_000;
const END_MS = SETTLED_MS + 20_000;
const PATIENCE_MS = END_MS + 60_000;
const CALL_EVERY_MS = 80;
const BUDGET = { share: 0.1, leastASecond: 0.5, windowMs: 10_000 };
/** An instance of its zone gets at least this part of what would be fair by count. */
const FAIR_LEAST = 0.1;

export interface RpcHistoryOptions {
  /** What is built wrong on purpose, and must be found out. */
  readonly planted?: 'lie' | 'ban' | 'storm';
}

export interface RpcHistory {
  /** What must never be, and was. */
  readonly faults: readonly string[];
  readonly calls: number;
  readonly retries: number;
  readonly failed: number;
}

/** One history: clients and servers, all that may go wrong for a while, then peace. */
export async function rpcHistory(
  seed: number,
  options: RpcHistoryOptions = {},
): Promise<RpcHistory> {
  const world = new RpcWorld(seed, options);
  await world.play();
  return world.outcome();
}

class RpcWorld {
  readonly #timeline = new Timeline();
  readonly #clock = new SimProcess(this.#timeline, { wallMs: 0, rate: 1 });
  readonly #random: RandomSource;
  readonly #wire: Wire;
  readonly #servers = new Map<string, SimServer>();
  readonly #clients: SimClient[] = [];
  readonly #executions = new Map<string, number>();
  readonly #config: ClientConfig;
  readonly #faults: string[] = [];

  constructor(seed: number, { planted }: RpcHistoryOptions) {
    this.#random = seededRandom(seed, 'rpc world');
    this.#wire = { lost: 0.03 * this.#random.next(), isLying: planted === 'lie' };
    this.#config = randomConfig(this.#random, planted);
    const servers = 2 + Math.floor(4 * this.#random.next());
    for (let nth = 0; nth < servers; nth += 1) this.#addServer(`s${nth}`, seed);
    for (const name of ['one', 'other']) {
      const [config, clock, random] = [this.#config, this.#clock, seededRandom(seed, name)];
      const client = new SimClient({ name, config, clock, random, servers: this.#servers });
      client.discover(this.#endpoints());
      this.#clients.push(client);
    }
  }

  async play(): Promise<void> {
    for (let atMs = 0; atMs < FAULTY_MS; atMs += 1_500 * this.#random.next()) {
      this.#timeline.at(atMs, () => this.#strike());
    }
    for (const client of this.#clients) {
      for (let atMs = 0; atMs < END_MS; atMs += 2 * CALL_EVERY_MS * this.#random.next()) {
        this.#timeline.at(atMs, () => void client.call());
      }
    }
    this.#timeline.at(FAULTY_MS, () => this.#calm());
    this.#timeline.at(SETTLED_MS, () => this.#settle());
    const isIdle = () => this.#clients.every((client) => client.isIdle);
    const isOver = async () => this.#timeline.nowMs >= END_MS && isIdle();
    this.#timeline.at(END_MS, () => undefined);
    if (!(await this.#timeline.run(isOver, PATIENCE_MS))) this.#faults.push('calls never ended');
  }

  outcome(): RpcHistory {
    for (const [callId, times] of this.#executions) {
      if (times > 1 && callId.startsWith('write')) {
        this.#faults.push(`${callId} was executed ${times} times`);
      }
    }
    for (const client of this.#clients) {
      client.check();
      this.#checkShares(client);
      this.#checkBudget(client);
      this.#faults.push(...client.faults);
    }
    const sum = (of: (client: SimClient) => number) =>
      this.#clients.reduce((total, client) => total + of(client), 0);
    return {
      faults: this.#faults,
      calls: sum(({ calls }) => calls),
      retries: sum(({ retries }) => retries),
      failed: sum(({ failed }) => failed),
    };
  }

  #addServer(id: string, seed: number): void {
    const endpoint = {
      id,
      address: `${id}:8001`,
      weight: 1 + Math.floor(3 * this.#random.next()),
      zone: this.#random.next() < 0.5 ? 'east' : 'west',
      metadata: {},
    };
    const [clock, wire, executions] = [this.#clock, this.#wire, this.#executions];
    const random = seededRandom(seed, id);
    const workMs = 2 + 20 * this.#random.next();
    this.#servers.set(id, new SimServer({ endpoint, clock, random, wire, executions, workMs }));
  }

  #endpoints(): Endpoint[] {
    return [...this.#servers.values()].map(({ endpoint }) => endpoint);
  }

  /** Something goes wrong, with somebody; or is well again. */
  #strike(): void {
    const servers = [...this.#servers.values()];
    const victim = servers[Math.floor(this.#random.next() * servers.length)];
    const chance = this.#random.next();
    if (chance < 0.15) this.#rediscover();
    else if (victim !== undefined && chance < 0.6) {
      victim.mood = MOODS[Math.floor(this.#random.next() * MOODS.length)] ?? 'well';
    } else if (victim !== undefined) victim.mood = 'well';
  }

  /** Some are not listed for a moment. */
  #rediscover(): void {
    const listed = this.#endpoints().filter(() => this.#random.next() < 0.7);
    for (const client of this.#clients) client.discover(listed);
    this.#timeline.at(this.#timeline.nowMs + 500, () => {
      for (const client of this.#clients) client.discover(this.#endpoints());
    });
  }

  #calm(): void {
    this.#wire.lost = 0;
    for (const server of this.#servers.values()) server.mood = 'well';
  }

  #settle(): void {
    for (const client of this.#clients) {
      client.isPeace = true;
      client.takeAttempts();
    }
  }

  #checkShares(client: SimClient): void {
    const attempts = client.takeAttempts();
    const near = this.#endpoints().filter(({ zone }) => zone === this.#config.Zone);
    const isByZone = this.#config.Balancer === 'zone_first' && near.length > 0;
    const due = isByZone ? near : this.#endpoints();
    const total = [...attempts.values()].reduce((sum, count) => sum + count, 0);
    for (const { id } of due) {
      const got = attempts.get(id) ?? 0;
      // The fastest one may well get nearly all, but the others are tried now and then.
      const least = this.#isByLatency ? 1 : (FAIR_LEAST * total) / due.length;
      if (got < least) {
        this.#faults.push(`${id} got ${got} of ${total} calls (${this.#config.Balancer})`);
      }
    }
  }

  get #isByLatency(): boolean {
    const { Balancer, BalancerInZone } = this.#config;
    return (Balancer === 'zone_first' ? BalancerInZone : Balancer) === 'fastest_response';
  }

  #checkBudget({ calls, retries }: SimClient): void {
    const { share, leastASecond, windowMs } = BUDGET;
    const bySeconds = (leastASecond * (END_MS + windowMs)) / 1_000;
    if (retries > share * calls + bySeconds) {
      this.#faults.push(`${retries} retries of ${calls} calls are more than the budget`);
    }
  }
}

function randomConfig(random: RandomSource, planted: RpcHistoryOptions['planted']): ClientConfig {
  const one = <Value>(values: readonly [Value, ...Value[]]): Value =>
    values[Math.floor(random.next() * values.length)] ?? values[0];
  const input: ClientConfigInput = {
    Timeout: one([1_000, 3_000]),
    Balancer: one(BALANCERS),
    BalancerInZone: one(SIMPLE_BALANCERS),
    Zone: 'east',
    Methods: {
      read: { Idempotent: true, ...(random.next() < 0.5 && { Hedge: { DelayMs: 60, Max: 1 } }) },
    },
    FailoverConfig: {
      RetryStrategy: one(['simple', 'exponential', 'jittered']),
      RetryInterval: one([0, 20, 100]),
      RetryableErrors: ['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'],
      FailoverStrategy: one(['next', 'random', 'best']),
      RecoveryStrategy: one(['immediate', 'gradual', 'probing']),
      Detector: one(['timeout', 'error_rate']),
      CircuitBreakThreshold: one([3, 5]),
      CircuitBreakTimeout: 1_000,
      RequestTimeout: 500,
      RecoveryInterval: 1_000,
      RecoveryTimeout: 5_000,
      EjectedShareMax: one([0.5, 1]),
      RetryBudgetShare: BUDGET.share,
      RetryBudgetLeast: BUDGET.leastASecond,
      ...(planted === 'ban' && BANNING),
      ...(planted === 'storm' && { RetryBudgetLeast: 10_000, MaxRetries: 20, RetryInterval: 0 }),
    },
  };
  return ClientConfig.parse(input);
}

const BANNING = {
  RecoveryInterval: 86_400_000,
  RecoveryTimeout: 86_400_000,
  CircuitBreakTimeout: 86_400_000,
} as const;
