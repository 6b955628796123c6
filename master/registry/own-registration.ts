import type { RegistrationInput } from '../../shared/domain/registration.ts';
import { aborted } from '../../shared/kernel/aborted.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import type { Actor } from '../../shared/kernel/run-together.ts';
import { renewService } from '../../shared/registry/client/renew-service.ts';
import type { ServiceInstance } from '../../shared/registry/service-instance.ts';
import type { ServiceRegistry } from '../../shared/registry/service-registry.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';

const BACKOFF = doubling(500, 15_000);
/** A store that is away must not hold up the end of the process. */
const LEAVE_MS_MAX = 2_000;

interface OwnRegistrationDeps {
  readonly registry: ServiceRegistry;
  /** Null: it cannot be said how others reach this master. */
  readonly registration: () => RegistrationInput | null;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Has a master be found like any other service, from its start to its end. */
export class OwnRegistration implements Actor {
  readonly name = 'own registration';
  readonly #deps: OwnRegistrationDeps;

  constructor(deps: OwnRegistrationDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { registry, clock, random, intervalMs } = this.#deps;
    const registration = this.#deps.registration();
    const instance = registration === null ? null : await this.#registered(registration, signal);
    if (registration === null || instance === null) {
      await aborted(signal);
      return;
    }
    const options = { registration, clock, random };
    const stop = renewService(registry, instance.id, intervalMs, options);
    await aborted(signal);
    const left = new AbortController();
    const leaving = stop({ unregister: true }).then(() => left.abort());
    await Promise.race([leaving, clock.sleep(LEAVE_MS_MAX, left.signal)]);
  }

  /** Null: it was told to stop before that could be done. */
  async #registered(
    registration: RegistrationInput,
    signal: AbortSignal,
  ): Promise<ServiceInstance | null> {
    const { registry, clock, random } = this.#deps;
    for (let failures = 0; !signal.aborted; ) {
      try {
        return await registry.register(registration);
      } catch (thrown) {
        failures += 1;
        if (failures === 1) {
          const reason = messageOf(thrown);
          registry.log.current.warn({ reason }, 'this master cannot be registered yet');
        }
        await clock.sleep(retryDelayMs(BACKOFF, failures, random), signal);
      }
    }
    return null;
  }
}
