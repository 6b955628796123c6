import { setTimeout as delay } from 'node:timers/promises';
import {
  AppError,
  type CallOptions,
  FailoverError,
  type RpcClient,
  type Trace,
} from '../../shared/rpc/library.ts';
import { say } from '../run-example.ts';

const SHORT_MS = 1;

/** What the client shows, one after another, until it is to stop. `pace`: 1, or less to hurry. */
export class Demonstrations {
  readonly #client: RpcClient;
  readonly #pace: number;
  readonly #signal: AbortSignal;

  constructor(client: RpcClient, pace: number, signal: AbortSignal) {
    this.#client = client;
    this.#pace = pace;
    this.#signal = signal;
  }

  async basicCalls(): Promise<void> {
    say('\n=== Basic Call Test ===');
    await this.#calls(3, 500, (nth) => `User${nth}`);
  }

  async failover(): Promise<void> {
    say('\n=== Failover Test ===');
    say('* Calling quickly, until Server A fails...');
    await this.#calls(120, 100, (nth) => `User${nth}`);
    say('\n* Waiting for Server A to recover...');
    await this.#wait(12_000);
    say('* Verifying calls after server recovery');
    await this.#calls(3, 500, (nth) => `RecoveryUser${nth}`);
  }

  async circuitBreaker(): Promise<void> {
    say('\n=== Circuit Breaker Test ===');
    say(
      '* Calls with a deadline of 1 ms: it is the caller who leaves no time, so no breaker opens',
    );
    for (let nth = 0; nth < 5; nth += 1)
      await this.#call('CircuitBreakerTest', { timeoutMs: SHORT_MS });
    await this.#calls(2, 500, () => 'NormalUser');
    say('* Waiting for circuit breaker reset...');
    await this.#wait(6_000);
    await this.#call('AfterResetUser');
  }

  async concurrentCalls(): Promise<void> {
    say('\n=== Concurrent Call Test ===');
    const call = async (nth: number) => {
      await this.#wait(50 * nth);
      await this.#call(`ConcurrentUser${nth}`);
    };
    await Promise.all(Array.from({ length: 10 }, (_, nth) => call(nth)));
  }

  async #calls(count: number, gapMs: number, nameOf: (nth: number) => string): Promise<void> {
    for (let nth = 0; nth < count; nth += 1) {
      if (nth > 0) await this.#wait(gapMs);
      await this.#call(nameOf(nth));
    }
  }

  async #call(name: string, options: CallOptions = {}): Promise<void> {
    try {
      const request = { name, greeting: 'Hello' };
      const { response, instance, trace } = await this.#client.call('SayHello', request, {
        ...options,
        signal: this.#signal,
      });
      sayRetries(trace);
      say(`Response: ${String(response['message'])} (${instance.id})`);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      if (thrown instanceof FailoverError) sayRetries(thrown.trace);
      say(`Error: ${thrown.message}`);
    }
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms * this.#pace, undefined, { signal: this.#signal });
  }
}

function sayRetries(trace: Trace): void {
  if (trace.length < 2) return;
  const failed = trace.filter(({ code }) => code !== null).map(({ instanceId }) => instanceId);
  const nodes = [...new Set(failed)].join(' ');
  say(`Failover: ${trace.length - 1} retries performed, failed nodes: [${nodes}]`);
}
