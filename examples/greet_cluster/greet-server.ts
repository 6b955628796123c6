import { RpcError, type ServiceImplementation } from '../../shared/rpc/library.ts';
import { say } from '../run-example.ts';
import type { FaultInjector } from './fault-injector.ts';
import { nowNs } from './hello.ts';

const DEFAULT_GREETING = 'Hello';
const NS_A_MS = 1e6;
const NAMES_MAX = 10_000;

/** Greets, counts, and fails when it is told to. */
export class GreetServer {
  readonly id: string;
  readonly #faults: FaultInjector;
  readonly #byName = new Map<string, bigint>();
  #lastGreetNs = 0n;
  #requests = 0;
  #failures = 0;
  #durationMs = 0;

  constructor(id: string, faults: FaultInjector) {
    this.id = id;
    this.#faults = faults;
  }

  readonly methods: ServiceImplementation = {
    SayHello: async ({ name, greeting }) =>
      this.#handle('SayHello', () => this.#greet(String(name), String(greeting))),
    GetGreetStats: async ({ name }) =>
      this.#handle('GetGreetStats', () => this.#stats(String(name))),
  };

  /** Whether it is in an outage; requests that fail by chance are none. */
  isDown(): boolean {
    return this.#faults.outage(Date.now()) !== null;
  }

  get outageMs(): number | null {
    return this.#faults.outage(Date.now());
  }

  get counts() {
    const [requests, failures] = [this.#requests, this.#failures];
    const averageNs = requests === 0 ? 0 : Math.round((this.#durationMs / requests) * NS_A_MS);
    return { requests, failures, successes: requests - failures, averageNs };
  }

  #handle<Answer>(method: string, answer: () => Answer): Answer {
    this.#requests += 1;
    const beganMs = performance.now();
    if (this.#faults.fails(Date.now())) {
      this.#failures += 1;
      // Nothing was done, so that another server may be asked.
      throw new RpcError('unavailable', `service ${this.id} is currently unavailable`, {
        executed: 'no',
      });
    }
    const given = answer();
    const tookMs = performance.now() - beganMs;
    this.#durationMs += tookMs;
    say(
      `Server ${this.id} handled request #${this.#requests} for ${method} in ${tookMs.toFixed(3)}ms`,
    );
    return given;
  }

  #greet(name: string, greeting: string) {
    this.#lastGreetNs = nowNs();
    const known = this.#byName.get(name);
    if (known !== undefined || this.#byName.size < NAMES_MAX) {
      this.#byName.set(name, (known ?? 0n) + 1n);
    }
    const message = `${greeting === '' ? DEFAULT_GREETING : greeting}, ${name}!`;
    return { message, greetTime: this.#lastGreetNs };
  }

  #stats(name: string) {
    const chosen = [...this.#byName].filter(([one]) => name === '' || one === name);
    const total = chosen.reduce((sum, [, count]) => sum + count, 0n);
    return {
      totalGreets: total,
      greetsByName: Object.fromEntries(chosen),
      lastGreetTime: this.#lastGreetNs,
    };
  }
}
