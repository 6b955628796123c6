import type { RegistrationInput } from '../../domain/registration.ts';
import type { ServiceInstance } from '../service-instance.ts';

/** A program that registers more than that gives each registration to `renewService` itself. */
const REGISTRATIONS_MAX = 10_000;

/** What a program has registered, to register it again where the registry has lost it. */
export class Registrations {
  readonly #byId = new Map<string, RegistrationInput>();

  /** Registered again it is the same instance, which was started when it was. */
  remember(given: RegistrationInput, { id, start_time }: ServiceInstance): void {
    this.#byId.delete(id);
    this.#byId.set(id, { ...given, id, start_time: given.start_time || start_time });
    const oldest = this.#byId.keys().next();
    if (this.#byId.size > REGISTRATIONS_MAX && oldest.done === false) this.forget(oldest.value);
  }

  forget(id: string): void {
    this.#byId.delete(id);
  }

  of(id: string): RegistrationInput | undefined {
    return this.#byId.get(id);
  }
}
