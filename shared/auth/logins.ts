import type { Caller } from '../http/caller.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Account, Client } from './auth-document.ts';
import type { AuthStore } from './auth-store.ts';
import { LockOut } from './lock-out.ts';
import type { Passwords } from './passwords.ts';
import { withLoggedOut } from './revocations.ts';
import { isSecretOf, secretHash } from './secrets.ts';
import { CLOCK_DIFFERENCE_S, type IssuedToken, type Tokens } from './tokens.ts';

/** Whom no secret is right for, so that it takes as long to say no. */
const NOBODYS_HASH = secretHash('');

interface LoginsDeps {
  readonly store: AuthStore;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

interface UserLogin {
  readonly username: string;
  readonly password: string;
  /** Where it comes from. */
  readonly address: string;
}

/** Gives tokens to those who show that they are who they say, and takes them back. */
export class Logins {
  readonly #deps: LoginsDeps;
  readonly #lockOut = new LockOut();

  constructor(deps: LoginsDeps) {
    this.#deps = deps;
  }

  /** @throws AppError `forbidden`, saying no more than that; `unavailable` when too many try. */
  async user({ username, password, address }: UserLogin): Promise<IssuedToken> {
    const { tokens, clock } = this.#deps;
    const attempt = { username, address };
    this.#lockOut.begin(attempt, clock.monotonicMs());
    const account = await this.#accountOf(username, password).catch((thrown: unknown) => {
      this.#lockOut.wasNotTried(attempt);
      throw thrown;
    });
    if (account === null) throw refusal(401, '用户名或密码错误');
    this.#lockOut.wasRight(attempt);
    requireEnabled(account);
    return tokens.issue({ ...account, id: username, name: username, services: null });
  }

  /** @throws AppError `forbidden`, saying no more than that. */
  async client(id: string, secret: string): Promise<IssuedToken> {
    const { store, tokens } = this.#deps;
    await store.look();
    const client = store.state.clients.get(id);
    const isRight = isSecretOf(secret, client?.secretHash ?? NOBODYS_HASH);
    if (client === undefined || !isRight) throw refusal(401, '客户端ID或密钥错误');
    requireEnabled(client);
    return tokens.issue(client);
  }

  /** The token that the caller came with is void. */
  async end({ name, token }: Caller): Promise<void> {
    if (token === null) return;
    const untilMs = (token.expiresS + CLOCK_DIFFERENCE_S) * 1000;
    await this.#deps.store.change((document) => ({
      document: withLoggedOut(document, name, { id: token.id, untilMs }),
      result: undefined,
    }));
  }

  /** Null: one of the two is wrong. */
  async #accountOf(username: string, password: string): Promise<Account | null> {
    const { store, passwords } = this.#deps;
    // Its password may have been changed at another master just now.
    await store.look();
    const account = store.state.accounts.get(username);
    const isRight = await passwords.isRight(password, account?.password ?? null);
    return isRight && account !== undefined ? account : null;
  }
}

function requireEnabled({ isDisabled }: Account | Client): void {
  if (isDisabled) throw refusal(403, '账号已被禁用');
}

function refusal(status: 401 | 403, message: string): AppError {
  return new AppError('forbidden', message, { details: { status } });
}
