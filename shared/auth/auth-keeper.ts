import type { Logger } from 'pino';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Actor } from '../kernel/run-together.ts';
import type { AuthDocument } from './auth-document.ts';
import type { AuthStore, Changed } from './auth-store.ts';
import type { Passwords } from './passwords.ts';
import { freshSecret } from './secrets.ts';
import { freshSigningKey, rotated, signerOf } from './signing-keys.ts';
import { CLOCK_DIFFERENCE_S } from './tokens.ts';

/** How soon what another master has changed is known here. */
const LOOK_MS = 1_000;
const DAY_MS = 24 * 60 * 60_000;
const FIRST_ADMIN = 'admin';

interface AuthKeeperDeps {
  readonly store: AuthStore;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly log: Logger;
  readonly print: (line: string) => void;
  readonly tokenMinutes: number;
  readonly keyDays: number;
}

/** What happens to the accounts by itself: their beginning, news of others, new keys. */
export class AuthKeeper implements Actor {
  readonly name = 'auth';
  readonly #deps: AuthKeeperDeps;
  #trouble = '';

  constructor(deps: AuthKeeperDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    await clock.sleep(LOOK_MS, signal);
    while (!signal.aborted) {
      await this.step();
      await clock.sleep(LOOK_MS, signal);
    }
  }

  /** Never throws: what is known stays so until the store answers again. */
  async step(): Promise<void> {
    const { store, log } = this.#deps;
    try {
      await store.refresh();
      if (store.isEmpty) await this.#begin();
      else if (this.#isKeyOld(store.state.document)) await this.#rotateOld();
      if (this.#trouble !== '') log.info('accounts are read again');
      this.#trouble = '';
    } catch (thrown) {
      const reason = messageOf(thrown);
      if (reason !== this.#trouble) log.error({ err: thrown }, 'accounts cannot be read');
      this.#trouble = reason;
    }
  }

  /**
   * Those that the old key has signed end by themselves, or (`isOldVoid`) now.
   * @throws AppError as `AuthStore.change` does; `conflict` when keys are changed too often.
   */
  rotate(isOldVoid: boolean): Promise<string> {
    return this.#deps.store.change((document) => this.#withFreshKey(document, isOldVoid));
  }

  /** Of several masters that begin at once one does it, and shows its secret. */
  async #begin(): Promise<void> {
    const { store, passwords, clock, print } = this.#deps;
    const [secret, createdMs] = [freshSecret(), clock.now()];
    const admin = {
      ...{
        username: FIRST_ADMIN,
        password: await passwords.hash(secret),
        roles: ['admin' as const],
      },
      ...{ epoch: 1, isDisabled: false, createdMs },
    };
    const isOurs = await store.begin({
      ...{ version: 1, epoch: 1, keys: [freshSigningKey(createdMs)], accounts: [admin] },
      ...{ clients: [], revoked: [], enrolments: [] },
    });
    if (isOurs) print(`admin secret: ${secret}`);
    else await store.refresh();
  }

  #isKeyOld(document: AuthDocument): boolean {
    const { clock, keyDays } = this.#deps;
    return clock.now() - signerOf(document).createdMs >= keyDays * DAY_MS;
  }

  async #rotateOld(): Promise<void> {
    const { store, log } = this.#deps;
    const kid = await store.change<string | null>((document) => {
      // Another master may have seen it first.
      if (!this.#isKeyOld(document)) return { document, result: null };
      return this.#withFreshKey(document, false);
    });
    if (kid !== null) log.info({ kid }, 'a new key signs tokens');
  }

  #withFreshKey(document: AuthDocument, isOldVoid: boolean): Changed<string> {
    const { clock, tokenMinutes } = this.#deps;
    const nowMs = clock.now();
    const fresh = freshSigningKey(nowMs);
    const oldUntilMs = nowMs + (tokenMinutes * 60 + CLOCK_DIFFERENCE_S) * 1000;
    const turn = { fresh, oldUntilMs: isOldVoid ? null : oldUntilMs };
    return { document: rotated(document, turn), result: fresh.kid };
  }
}
