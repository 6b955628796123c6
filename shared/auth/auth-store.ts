import type { Clock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { KeyedQueue } from '../kernel/keyed-queue.ts';
import { type LockedDocument, NO_REVISION } from '../stores/documents/locked-document.ts';
import { type AuthDocument, authText, swept } from './auth-document.ts';
import { AuthState } from './auth-state.ts';

/** Others may be at it, too; of those that try at once one always gets on. */
const ATTEMPTS_MAX = 50;
/** More changes than this do not wait for each other. */
const WAITING_MAX = 200;
/** Whoever sends what is not known here makes this process look no more often. */
const LOOK_MS_MIN = 200;

interface AuthStoreDeps {
  readonly open: () => Promise<LockedDocument>;
  readonly clock: Clock;
}

export interface Changed<T> {
  readonly document: AuthDocument;
  readonly result: T;
}

/**
 * The document of accounts, as this process knows it. Others change it as well: `refresh` is to be
 * called every second, and what cannot be found is looked for once more by `look`.
 */
export class AuthStore {
  readonly #deps: AuthStoreDeps;
  readonly #changes = new KeyedQueue();
  #opened: LockedDocument | null = null;
  #state: AuthState | null = null;
  #revision = NO_REVISION;
  #waiting = 0;
  #looking: Promise<void> | null = null;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #trouble = 'it was not read yet';

  constructor(deps: AuthStoreDeps) {
    this.#deps = deps;
  }

  /** @throws AppError `unavailable` before it was read once. */
  get state(): AuthState {
    if (this.#state !== null) return this.#state;
    throw new AppError('unavailable', `accounts are not known yet: ${this.#trouble}`);
  }

  /** Reads what others have written; those who ask at the same time are told the same. */
  refresh(): Promise<void> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Reads it, unless that was done a moment ago. What cannot be read stays as it is known. */
  async look(): Promise<void> {
    if (this.#deps.clock.monotonicMs() - this.#lookedMs < LOOK_MS_MIN) return;
    await this.refresh().catch(() => undefined);
  }

  /**
   * Writes what `change` makes of the latest document; it may be called several times.
   * @throws AppError what `change` throws; `unavailable` and `timeout` when the store is away, or
   * too many wait for it.
   */
  async change<T>(change: (document: AuthDocument) => Changed<T>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) {
      throw new AppError('unavailable', 'too many change accounts at once; try again soon');
    }
    this.#waiting += 1;
    try {
      return await this.#changes.run('', () => this.#change(change));
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Writes the first document, if there is none. Gives whether it was this one. */
  begin(first: AuthDocument): Promise<boolean> {
    return this.#changes.run('', async () => {
      await this.refresh();
      return this.#state === null && this.#swap(first, this.#revision);
    });
  }

  /** Whether there is nothing yet. */
  get isEmpty(): boolean {
    return this.#state === null && this.#revision !== NO_REVISION;
  }

  async close(): Promise<void> {
    await this.#opened?.close();
  }

  async #change<T>(change: (document: AuthDocument) => Changed<T>): Promise<T> {
    const { clock } = this.#deps;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      await this.refresh();
      // What is read while this is written must not be taken for what it was made from.
      const [{ document }, revision] = [this.state, this.#revision];
      const { document: after, result } = change(swept(document, clock.now()));
      if (await this.#swap(after, revision)) return result;
    }
    throw new AppError('unavailable', 'others change accounts all the time; try again');
  }

  async #swap(document: AuthDocument, revision: number): Promise<boolean> {
    const place = await this.#place();
    const text = authText(document);
    const written = await place.swap({ revision, text, taken: [], freed: [] });
    if (written === null) return false;
    // What was read meanwhile may be newer.
    if (written > this.#revision) this.#know(written, new AuthState(document));
    return true;
  }

  async #read(): Promise<void> {
    try {
      this.#lookedMs = this.#deps.clock.monotonicMs();
      const place = await this.#place();
      const { revision, text } = await place.read({ revision: this.#revision, locks: [] });
      if (text === null || revision < this.#revision) return;
      this.#know(revision, text === '' ? null : AuthState.of(text));
    } catch (thrown) {
      this.#trouble = messageOf(thrown);
      throw thrown;
    }
  }

  #know(revision: number, state: AuthState | null): void {
    this.#revision = revision;
    this.#state = state;
  }

  async #place(): Promise<LockedDocument> {
    this.#opened ??= await this.#deps.open();
    return this.#opened;
  }
}
