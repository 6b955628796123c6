import {
  type CallContext,
  PREVIOUS_ATTEMPTS,
  RpcError,
  type ServiceImplementation,
} from '../../shared/rpc/library.ts';
import { say } from '../run-example.ts';
import type { FaultInjector } from './fault-injector.ts';
import { goDuration } from './go-duration.ts';
import { nowNs } from './hello.ts';
import { PrometheusPage } from './prometheus-page.ts';
import { ServerFigures } from './server-figures.ts';

const DEFAULT_GREETING = 'Hello';
const NAMES_MAX = 10_000;

/** Greets, counts, and fails when it is told to. */
export class GreetServer {
  readonly id: string;
  readonly page: PrometheusPage;
  readonly figures: ServerFigures;
  readonly #faults: FaultInjector;
  readonly #byName = new Map<string, bigint>();
  #lastGreetNs = 0n;

  constructor(id: string, faults: FaultInjector) {
    this.id = id;
    this.page = new PrometheusPage(id, () => this.isDown());
    this.figures = new ServerFigures(this.page);
    this.#faults = faults;
  }

  readonly methods: ServiceImplementation = {
    SayHello: async ({ name, greeting }, context) =>
      this.#handle('SayHello', context, () => this.#greet(String(name), String(greeting))),
    GetGreetStats: async ({ name }, context) =>
      this.#handle('GetGreetStats', context, () => this.#stats(String(name))),
  };

  /** Whether it is in an outage; requests that fail by chance are none. */
  isDown(): boolean {
    return this.outageMs() !== null;
  }

  /** When the outage began that goes on; null: there is none. */
  outageMs(): number | null {
    const nowMs = Date.now();
    const beganMs = this.#faults.outage(nowMs);
    this.figures.circuit(beganMs === null ? 'closed' : 'open', nowMs);
    return beganMs;
  }

  #handle<Answer>(method: string, { metadata }: CallContext, answer: () => Answer): Answer {
    const beganMs = performance.now();
    const given = this.#faults.fails(Date.now()) ? null : { answer: answer() };
    const tookMs = performance.now() - beganMs;
    const error = given === null ? `service ${this.id} is currently unavailable` : null;
    const attemptsBefore = Number(metadata[PREVIOUS_ATTEMPTS] ?? 0);
    this.figures.handled({ method, tookMs, attemptsBefore, error }, Date.now());
    // It may be this request that an outage has begun, or ended, with.
    this.outageMs();
    if (given === null) {
      // Nothing was done, so that another server may be asked.
      throw new RpcError('unavailable', error ?? '', { executed: 'no' });
    }
    const nth = this.figures.counts.requests;
    say(`Server ${this.id} handled request #${nth} for ${method} in ${goDuration(tookMs)}`);
    return given.answer;
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
