import type { Logger } from 'pino';
import type { HttpClient } from '../shared/client/http-client.ts';
import { ResilientClient } from '../shared/client/resilient-client.ts';
import type { Clock } from '../shared/kernel/clock.ts';
import { AppError, messageOf } from '../shared/kernel/errors.ts';
import { KeyedQueue } from '../shared/kernel/keyed-queue.ts';
import type { RandomSource } from '../shared/kernel/random.ts';
import type { TokenSource } from '../shared/registry/client/token-source.ts';
import { FailoverConfig } from '../shared/resilience/failover-config.ts';
import type { Metrics } from '../shared/telemetry/metrics.ts';
import type { Masters } from './masters.ts';

const REGISTER_PATH = '/logkit/cluster/register';
const ANSWER_BYTES_MAX = 64 * 1024;
const TIMEOUT_MS_MAX = 5_000;
/** Beats of a fleet that was started at once drift apart by this share of the interval. */
const JITTER = 0.1;
const RETRY_MS_MAX = 1_000;

export interface HeartbeatDeps {
  readonly masters: Masters;
  /** How this agent is reached, as told to the masters. */
  readonly address: () => string;
  readonly tag: () => string;
  readonly intervalMs: number;
  readonly http: HttpClient;
  /** Headers that prove to a master who we are. */
  readonly sign: (method: string, path: string, body: string) => Record<string, string>;
  /** Proves it instead; null: signatures do, or nobody asks. */
  readonly tokens: TokenSource | null;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Beating {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Tells every master that this agent lives, each in a loop of its own: a master that hangs or is
 * down delays no other. Going and coming back cost one log line each.
 */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  readonly #isUp = new Map<string, boolean>();
  /** To one master one after another: an older tag must not overtake a newer one. */
  readonly #turns = new KeyedQueue();
  readonly #client: ResilientClient;
  readonly #sent;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
    const config = failoverOf(deps.intervalMs);
    this.#client = new ResilientClient({ ...deps, config });
    this.#sent = deps.metrics.counter({
      name: 'logkit_fleet_heartbeats_sent_total',
      help: 'Heartbeats sent to masters, by outcome.',
      labelNames: ['master', 'outcome'] as const,
    });
  }

  /**
   * Beats until `signal` aborts, for whoever is a master then; `onGreeted` is called once every
   * master that there is at first was told, or failed.
   */
  async run(signal: AbortSignal, onGreeted: () => void): Promise<void> {
    const { masters } = this.#deps;
    const beating = new Map<string, Beating>();
    const greeted = counted(masters.urls.length, onGreeted);
    while (!signal.aborted) {
      // Before the look, so that no change is missed.
      const changed = masters.changed(signal);
      this.#goOver(masters.urls, beating, { greeted, signal });
      await changed;
    }
    await Promise.all([...beating.values()].map(({ ended }) => ended));
  }

  /**
   * Tells all masters at once, now, under `tag`.
   *
   * @throws AppError `unavailable` when there are masters and none of them took it.
   */
  async announce(tag: string, signal: AbortSignal): Promise<void> {
    const { urls } = this.#deps.masters;
    const results = await Promise.allSettled(
      urls.map((master) => this.#beat(master, () => tag, signal)),
    );
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [messageOf(result.reason)] : [],
    );
    if (reasons.length > 0 && reasons.length === urls.length) {
      throw new AppError('unavailable', reasons.join('\n'));
    }
  }

  /** Masters that have gone get no more, new ones their first one at once. */
  #goOver(
    urls: readonly string[],
    beating: Map<string, Beating>,
    { greeted, signal }: { readonly greeted: () => void; readonly signal: AbortSignal },
  ): void {
    for (const [url, { stop }] of beating) {
      if (urls.includes(url)) continue;
      stop.abort();
      beating.delete(url);
      this.#isUp.delete(url);
      this.#deps.log.info({ master: url }, 'master has left, and gets no more heartbeats');
    }
    for (const url of urls) {
      if (beating.has(url)) continue;
      const stop = new AbortController();
      const ended = this.#beatFor(url, greeted, AbortSignal.any([signal, stop.signal]));
      beating.set(url, { stop, ended });
    }
  }

  async #beatFor(master: string, greeted: () => void, signal: AbortSignal): Promise<void> {
    const { clock, random, intervalMs } = this.#deps;
    for (let beats = 0; !signal.aborted; beats += 1) {
      const startedAtMs = clock.monotonicMs();
      await this.#beatAndTell(master, signal);
      if (beats === 0) greeted();
      const restMs = intervalMs - (clock.monotonicMs() - startedAtMs);
      const jitterMs = intervalMs * JITTER * (random.next() - 0.5);
      await clock.sleep(Math.max(restMs + jitterMs, intervalMs / 10), signal);
    }
  }

  async #beatAndTell(master: string, signal: AbortSignal): Promise<void> {
    const { log, tag } = this.#deps;
    const wasUp = this.#isUp.get(master);
    try {
      await this.#beat(master, tag, signal);
      this.#sent.inc({ master, outcome: 'ok' });
      this.#isUp.set(master, true);
      if (wasUp !== true) log.info({ master }, 'master takes our heartbeats');
    } catch (thrown) {
      if (signal.aborted) return;
      this.#sent.inc({ master, outcome: 'failed' });
      this.#isUp.set(master, false);
      const reason = messageOf(thrown);
      if (wasUp !== false) log.warn({ master, reason }, 'master is unavailable, trying on');
    }
  }

  #beat(master: string, tag: () => string, signal: AbortSignal): Promise<void> {
    return this.#turns.run(master, () => this.#register(master, tag(), signal));
  }

  /** One registration; anything but a 200 is a failure (contract section 3). */
  async #register(master: string, tag: string, signal: AbortSignal): Promise<void> {
    const { address, sign, tokens, intervalMs } = this.#deps;
    const body = JSON.stringify({ url: address(), tag });
    // Without one it is tried all the same: a master may ask for none.
    const token = (await tokens?.current().catch(() => null)) ?? null;
    const { status, body: answer } = await this.#client.request({
      method: 'POST',
      ...{ server: master, path: REGISTER_PATH },
      headers: () => ({
        'content-type': 'application/json',
        ...sign('POST', REGISTER_PATH, body),
        ...(token !== null && { authorization: `Bearer ${token}` }),
      }),
      body,
      isIdempotent: true,
      timeoutMs: Math.min(TIMEOUT_MS_MAX, intervalMs),
      answerBytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    if (status === 401 && token !== null) await tokens?.replace(token).catch(() => null);
    if (status !== 200) {
      const told = answer.slice(0, 300);
      throw new AppError('unavailable', `master ${master} answered ${status}: ${told}`);
    }
  }
}

/**
 * One that broke, or did not get through, is sent once more before the next is due. Beats find out
 * whether a master is back: none of them is kept from it.
 */
function failoverOf(intervalMs: number): FailoverConfig {
  return FailoverConfig.parse({
    MaxRetries: 1,
    RetryInterval: Math.min(RETRY_MS_MAX, intervalMs / 10),
    RetryableErrors: ['connection_refused', 'connection_reset'],
    CircuitBreakTimeout: 0,
  });
}

/** Calls `onAll` when what is given was called so many times. */
function counted(times: number, onAll: () => void): () => void {
  let left = times;
  if (left === 0) onAll();
  return () => {
    left -= 1;
    if (left === 0) onAll();
  };
}
