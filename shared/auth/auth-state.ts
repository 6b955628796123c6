import { type Account, type AuthDocument, authDocumentOf, type Client } from './auth-document.ts';

/** A document, and what is looked up in it. */
export class AuthState {
  readonly document: AuthDocument;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly clients: ReadonlyMap<string, Client>;
  /** Until when tokens of each key are taken. */
  readonly #keysUntilMs: ReadonlyMap<string, number>;
  readonly #revoked: ReadonlySet<string>;

  constructor(document: AuthDocument) {
    this.document = document;
    this.accounts = new Map(document.accounts.map((each) => [each.username, each]));
    this.clients = new Map(document.clients.map((each) => [each.id, each]));
    this.#keysUntilMs = new Map(
      document.keys.map(({ kid, untilMs }) => [kid, untilMs ?? Number.POSITIVE_INFINITY]),
    );
    this.#revoked = new Set(document.revoked.map(({ id }) => id));
  }

  static of(text: string): AuthState {
    return new AuthState(authDocumentOf(text));
  }

  takesKey(kid: string, nowMs: number): boolean {
    return (this.#keysUntilMs.get(kid) ?? 0) > nowMs;
  }

  /** Whether a token that was right when it was made still is. */
  takes({ id, subject, epoch }: TokenFacts): boolean {
    const found = this.accounts.get(subject) ?? this.clients.get(subject);
    return found?.epoch === epoch && !found.isDisabled && !this.#revoked.has(id);
  }
}

interface TokenFacts {
  readonly id: string;
  readonly subject: string;
  /** Of its subject, when it was made. */
  readonly epoch: number;
}
