import { jsonBody } from '../../api/json-body.ts';
import type { Caller } from '../../http/caller.ts';
import { type Call, RawAnswer } from '../../http/route.ts';
import { TwoAgeCache } from '../../kernel/two-age-cache.ts';
import type { Registry } from '../registry.ts';
import { instanceIdIn } from './call-parts.ts';
import { requireOwn } from './own-services.ts';
import { RenewBody } from './wire-schemas.ts';

/** Twice so many at most, each of a few hundred bytes. */
const KNOWN_MAX = 50_000;
const BULK_BYTES_MAX = 1024 * 1024;

interface RenewalsDeps {
  readonly registry: Registry;
  /** What is answered to a renewal, ready to be sent. */
  readonly renewed: string;
}

/** The calls that there are most of: renewals write nothing and, as a rule, read nothing. */
export class Renewals {
  readonly #registry: Registry;
  readonly #renewed: RawAnswer;
  /** Which service an instance is of, for callers that may not touch all. */
  readonly #known = new TwoAgeCache<string, string>(KNOWN_MAX);

  constructor({ registry, renewed }: RenewalsDeps) {
    this.#registry = registry;
    this.#renewed = new RawAnswer({
      contentType: 'application/json; charset=UTF-8',
      // A text goes out together with the head; a buffer would be a second write.
      body: renewed,
    });
  }

  async one(call: Call): Promise<RawAnswer> {
    const id = instanceIdIn(call);
    if (call.caller.services !== null) await this.#requireOwn(call.caller, [id]);
    await this.#registry.renew(id);
    return this.#renewed;
  }

  async many(call: Call): Promise<unknown> {
    const { ids } = jsonBody(call, RenewBody, BULK_BYTES_MAX);
    if (call.caller.services !== null) await this.#requireOwn(call.caller, ids);
    return this.#registry.renewAll(ids);
  }

  /** Under that ID there may soon be another one. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** @throws AppError `forbidden` when one of them is of another service. */
  async #requireOwn(caller: Caller, ids: readonly string[]): Promise<void> {
    const strangers = ids.filter((id) => this.#known.get(id) === undefined);
    if (strangers.length > 0) {
      const services = await this.#registry.servicesOf(strangers);
      for (const [id, service] of services) this.#known.set(id, service);
    }
    for (const id of ids) {
      const service = this.#known.get(id);
      // What is not there is said by the renewal itself.
      if (service !== undefined) requireOwn(caller, service);
    }
  }
}
