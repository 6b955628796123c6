import type { Clock } from '../../kernel/clock.ts';

/** A new token is fetched when so much of the old one's time is left. */
const EARLY_SHARE = 0.2;
/** After one that could not be had, as long as the old one is good. */
const RETRY_MS = 5_000;

/** What calls are authorized with; null: with nothing. */
export interface TokenSource {
  current(): Promise<string | null>;
  /** Another one than that, which was refused; null: there is none. */
  replace(refused: string | null): Promise<string | null>;
}

export function fixedToken(token: string | null): TokenSource {
  return { current: async () => token, replace: async () => null };
}

interface Token {
  readonly text: string;
  readonly fetchedMs: number;
  readonly lifeMs: number;
}

export interface FetchedToken {
  readonly text: string;
  readonly lifeMs: number;
}

/** Fetches tokens before the old ones end, one at a time for all who need one. */
export class FetchedTokens implements TokenSource {
  readonly #fetch: () => Promise<FetchedToken>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #token: Token | null = null;
  #fetching: Promise<Token> | null = null;
  #notBeforeMs = 0;

  constructor(fetch: () => Promise<FetchedToken>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  async current(): Promise<string> {
    const token = this.#token;
    if (token === null) return (await this.#next()).text;
    const nowMs = this.#clock.monotonicMs();
    const leftMs = token.fetchedMs + token.lifeMs - nowMs;
    if (leftMs > token.lifeMs * EARLY_SHARE) return token.text;
    if (leftMs > 0 && nowMs < this.#notBeforeMs) return token.text;
    return this.#renewed(leftMs > 0 ? token : null);
  }

  async replace(refused: string | null): Promise<string> {
    const token = this.#token;
    return token !== null && token.text !== refused ? token.text : (await this.#next()).text;
  }

  async #renewed(old: Token | null): Promise<string> {
    try {
      return (await this.#next()).text;
    } catch (thrown) {
      if (old === null) throw thrown;
      this.#notBeforeMs = this.#clock.monotonicMs() + RETRY_MS;
      return old.text;
    }
  }

  #next(): Promise<Token> {
    this.#fetching ??= this.#fetched().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  async #fetched(): Promise<Token> {
    const fetchedMs = this.#clock.monotonicMs();
    this.#token = { ...(await this.#fetch()), fetchedMs };
    return this.#token;
  }
}
