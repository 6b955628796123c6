import type { RegistrationInput } from '../../domain/registration.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { type RandomSource, systemRandom } from '../../kernel/random.ts';
import { doubling, type RetrySchedule, retryDelayMs } from '../../resilience/retry-schedule.ts';
import { hasRegistryCode, RegistryError } from '../registry-error.ts';
import type { ServiceRegistry } from '../service-registry.ts';

const INTERVAL_MS_MAX = 86_400_000;
/** Programs that were started together do not renew together: each time comes up to so much sooner. */
const JITTER = 0.1;
const FIRST_RETRY_MS_MAX = 1_000;

export interface RenewOptions {
  /** What to register where the record is gone. Absent: what was registered through that registry last. */
  readonly registration?: RegistrationInput;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** Ends the renewals, and resolves when none is on its way any more. It never rejects. */
export type StopRenewing = (options?: { readonly unregister?: boolean }) => Promise<void>;

/**
 * Renews an instance until it is told to stop, one renewal after another. A record that is gone is
 * registered again; a registry that is away is tried again, ever less often. What changes is told by
 * the log of the registry.
 *
 * @throws RegistryError `INVALID_CONFIG` for an interval that is none; after that nothing.
 */
export function renewService(
  registry: ServiceRegistry,
  id: string,
  intervalMs: number,
  options: RenewOptions = {},
): StopRenewing {
  if (!(intervalMs > 0 && intervalMs <= INTERVAL_MS_MAX)) {
    const message = `an interval of ${intervalMs} ms is none; write one up to ${INTERVAL_MS_MAX}`;
    throw new RegistryError('INVALID_CONFIG', message);
  }
  const renewal = new Renewal(registry, id, intervalMs, options);
  const stopping = new AbortController();
  const running = renewal.run(stopping.signal);
  return async ({ unregister = false } = {}) => {
    stopping.abort();
    await running;
    if (unregister) await renewal.unregister();
  };
}

class Renewal {
  readonly #registry: ServiceRegistry;
  readonly #id: string;
  readonly #intervalMs: number;
  /** Between attempts while the registry is away. */
  readonly #schedule: RetrySchedule;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #registration: RegistrationInput | undefined;
  /** In a row. */
  #failures = 0;

  constructor(registry: ServiceRegistry, id: string, intervalMs: number, options: RenewOptions) {
    this.#registry = registry;
    this.#id = id;
    this.#intervalMs = intervalMs;
    this.#schedule = doubling(Math.min(FIRST_RETRY_MS_MAX, intervalMs), intervalMs);
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#registration = options.registration;
  }

  async run(signal: AbortSignal): Promise<void> {
    // What was registered together is spread over the interval.
    await this.#clock.sleep(this.#intervalMs * this.#random.next(), signal);
    while (!signal.aborted) {
      const startedMs = this.#clock.monotonicMs();
      const isRenewed = await this.#attempt(signal);
      this.#failures = isRenewed ? 0 : this.#failures + 1;
      const tookMs = this.#clock.monotonicMs() - startedMs;
      await this.#clock.sleep(this.#restMs(tookMs), signal);
    }
  }

  async unregister(): Promise<void> {
    const id = this.#id;
    try {
      await this.#registry.unregister(id);
    } catch (thrown) {
      if (hasRegistryCode(thrown, 'SERVICE_NOT_FOUND')) return;
      const reason = messageOf(thrown);
      this.#log.warn({ id, reason }, 'an instance could not be unregistered; its lease will end');
    }
  }

  #restMs(tookMs: number): number {
    if (this.#failures > 0) return retryDelayMs(this.#schedule, this.#failures, this.#random);
    const wholeMs = this.#intervalMs * (1 - JITTER * this.#random.next());
    return Math.max(wholeMs - tookMs, this.#intervalMs * JITTER);
  }

  /** Whether the registry knows now that the instance lives. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#registry.renew(this.#id);
    } catch (thrown) {
      if (signal.aborted) return false;
      if (hasRegistryCode(thrown, 'SERVICE_NOT_FOUND')) return this.#registerAgain(signal);
      return this.#failed(thrown, 'an instance cannot be renewed; it is tried again');
    }
    if (this.#failures > 0) this.#log.info({ id: this.#id }, 'an instance is renewed again');
    return true;
  }

  async #registerAgain(signal: AbortSignal): Promise<boolean> {
    const id = this.#id;
    const registration = this.#registration ?? this.#registry.registrationOf?.(id);
    if (registration === undefined) {
      const unknown = new RegistryError(
        'SERVICE_NOT_FOUND',
        'service not found, nor what to register: give renewService the registration',
      );
      return this.#failed(unknown, 'an instance is gone from the registry');
    }
    try {
      await this.#registry.register({ ...registration, id });
    } catch (thrown) {
      if (signal.aborted) return false;
      return this.#failed(thrown, 'an instance cannot be registered again; it is tried again');
    }
    this.#log.warn({ id }, 'an instance was gone from the registry and is registered again');
    return true;
  }

  /** One line for all failures in a row. */
  #failed(thrown: unknown, message: string): false {
    if (this.#failures === 0) {
      this.#log.warn({ id: this.#id, reason: messageOf(thrown) }, message);
    }
    return false;
  }

  get #log() {
    return this.#registry.log.current;
  }
}
