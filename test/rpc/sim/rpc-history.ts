import type { RandomSource } from '../../../shared/kernel/random.ts';
import type { ClientConfig } from '../../../shared/resilience/failover-config.ts';
import type { Endpoint } from '../../../shared/resilience/instance.ts';
import { seededRandom } from '../../delivery/support/seeded-random.ts';
import { SimProcess } from '../../sim/sim-process.ts';
import { Timeline } from '../../sim/timeline.ts';
import { BUDGET, type Planted, randomConfig } from './random-config.ts';
import { SimClient } from './sim-client.ts';
import { MOODS, SimServer, type Wire } from './sim-server.ts';

const FAULTY_MS = 15_000;
/** By then what was isolated has come back, and averages have forgotten. */
const SETTLED_MS = FAULTY_MS + 25_000;
const END_MS = SETTLED_MS + 20_000;
const PATIENCE_MS = END_MS + 60_000;
const CALL_EVERY_MS = 80;
const SERVERS_MAX = 8;
/** Discovery tells each client in its own time. */
const TOLD_MS_MAX = 300;
/** Calls that each instance has to answer alone, when all is over. */
const CALLS_ALONE = 3;
/** An instance of its zone gets at least this part of what would be fair by count. */
const FAIR_LEAST = 0.1;

export interface RpcHistoryOptions {
  readonly planted?: Planted;
}

export interface RpcHistory {
  /** What must never be, and was. */
  readonly faults: readonly string[];
  readonly calls: number;
  readonly retries: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly hedges: number;
  readonly looks: number;
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
  readonly #seed: number;

  constructor(seed: number, { planted }: RpcHistoryOptions) {
    this.#seed = seed;
    this.#random = seededRandom(seed, 'rpc world');
    this.#wire = { lost: 0.03 * this.#random.next(), isLying: planted === 'lie' };
    this.#config = randomConfig(this.#random, planted);
    const servers = 2 + Math.floor(4 * this.#random.next());
    for (let nth = 0; nth < servers; nth += 1) this.#come();
    const isLooking =
      this.#config.FailoverConfig.Detector === 'health_check' || this.#random.next() < 0.5;
    for (const name of ['one', 'other']) {
      const [config, clock, random] = [this.#config, this.#clock, seededRandom(seed, name)];
      const client = new SimClient({
        ...{ name, config, clock, random, servers: this.#servers, isLooking },
      });
      client.discover(this.#listed());
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
    for (const client of this.#clients) {
      this.#checkShares(client);
      this.#checkBudget(client);
    }
    for (const { endpoint } of this.#servers.values()) await this.#callAlone(endpoint);
    for (const client of this.#clients) await client.close();
  }

  outcome(): RpcHistory {
    for (const [callId, times] of this.#executions) {
      if (times > 1 && callId.startsWith('write')) {
        this.#faults.push(`${callId} was executed ${times} times`);
      }
    }
    for (const client of this.#clients) {
      client.check();
      this.#faults.push(...client.faults);
    }
    const sum = (of: (client: SimClient) => number) =>
      this.#clients.reduce((total, client) => total + of(client), 0);
    return {
      faults: this.#faults,
      calls: sum(({ calls }) => calls),
      retries: sum(({ retries }) => retries),
      failed: sum(({ failed }) => failed),
      cancelled: sum(({ cancelled }) => cancelled),
      hedges: sum(({ hedges }) => hedges),
      looks: sum(({ looks }) => looks),
    };
  }

  /** One more server. */
  #come(): void {
    const id = `s${this.#servers.size}`;
    const endpoint = {
      ...{ id, address: `${id}:8001`, weight: this.#weight(), metadata: {} },
      zone: this.#random.next() < 0.5 ? 'east' : 'west',
    };
    const [clock, wire, executions] = [this.#clock, this.#wire, this.#executions];
    const random = seededRandom(this.#seed, id);
    const workMs = 2 + 20 * this.#random.next();
    this.#servers.set(id, new SimServer({ endpoint, clock, random, wire, executions, workMs }));
    this.#tell();
  }

  /** It goes away as it should, and comes again: the same process, or another one under its name. */
  #leave(server: SimServer): void {
    if (!server.isListed) return;
    server.mood = 'draining';
    server.isListed = false;
    this.#tell();
    const { nowMs } = this.#timeline;
    const goneMs = nowMs + 1_000 * this.#random.next();
    this.#timeline.at(goneMs, () => {
      if (!server.isListed) server.mood = 'down';
    });
    const { address, id } = server.endpoint;
    const isOther = this.#random.next() < 0.5;
    this.#timeline.at(goneMs + 5_000 * this.#random.next(), () => {
      server.endpoint = {
        ...server.endpoint,
        address: isOther ? `${id}:${Number(address.split(':')[1]) + 1}` : address,
        weight: this.#weight(),
      };
      server.mood = 'well';
      server.isListed = true;
      this.#tell();
    });
  }

  /** Clients learn who is there now. */
  #tell(): void {
    for (const client of this.#clients) {
      const atMs = this.#timeline.nowMs + TOLD_MS_MAX * this.#random.next();
      this.#timeline.at(atMs, () => client.discover(this.#listed()));
    }
  }

  /** Some are not listed for a moment. */
  #forget(): void {
    const listed = this.#listed().filter(() => this.#random.next() < 0.7);
    for (const client of this.#clients) client.discover(listed);
    this.#timeline.at(this.#timeline.nowMs + 500, () => this.#tell());
  }

  #weight(): number {
    return 1 + Math.floor(3 * this.#random.next());
  }

  #listed(): Endpoint[] {
    return [...this.#servers.values()]
      .filter(({ isListed }) => isListed)
      .map(({ endpoint }) => endpoint);
  }

  /** Something goes wrong, with somebody; or is well again. */
  #strike(): void {
    const servers = [...this.#servers.values()];
    const victim = servers[Math.floor(this.#random.next() * servers.length)];
    const chance = this.#random.next();
    if (victim === undefined) return;
    if (chance < 0.1) this.#forget();
    else if (chance < 0.2) this.#leave(victim);
    else if (chance < 0.25 && servers.length < SERVERS_MAX) this.#come();
    else if (chance < 0.65) {
      victim.mood = MOODS[Math.floor(this.#random.next() * MOODS.length)] ?? 'well';
    } else victim.mood = 'well';
  }

  #calm(): void {
    this.#wire.lost = 0;
    for (const server of this.#servers.values()) {
      server.mood = 'well';
      server.isListed = true;
    }
    this.#tell();
  }

  #settle(): void {
    for (const client of this.#clients) {
      client.isPeace = true;
      client.takeAttempts();
    }
  }

  /** Each must be ready to be called: who is not, though nothing runs, has lost what calls hold while they run. */
  async #callAlone({ id }: Endpoint): Promise<void> {
    const alone = this.#listed().map((one) => (one.id === id ? one : { ...one, weight: 0 }));
    for (const client of this.#clients) {
      client.discover(alone);
      void client.callPatiently(CALLS_ALONE);
    }
    const isOver = async () => this.#clients.every((client) => client.isIdle);
    await this.#timeline.run(isOver, this.#timeline.nowMs + 60_000);
  }

  #checkShares(client: SimClient): void {
    const attempts = client.takeAttempts();
    const near = this.#listed().filter(({ zone }) => zone === this.#config.Zone);
    const isByZone = this.#config.Balancer === 'zone_first' && near.length > 0;
    const due = isByZone ? near : this.#listed();
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
