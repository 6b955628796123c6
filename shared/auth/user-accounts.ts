import type { Clock } from '../kernel/clock.ts';
import type { Account } from './auth-document.ts';
import type { Role } from './auth-names.ts';
import type { AuthStore } from './auth-store.ts';
import type { Passwords } from './passwords.ts';
import { withAccount, withChangedAccount } from './subjects.ts';

interface UserAccountsDeps {
  readonly store: AuthStore;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly roles: readonly Role[];
}

interface UserChange {
  readonly password?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly disabled?: boolean | undefined;
}

/** People who may log in. */
export class UserAccounts {
  readonly #deps: UserAccountsDeps;

  constructor(deps: UserAccountsDeps) {
    this.#deps = deps;
  }

  list(): object[] {
    const { accounts } = this.#deps.store.state.document;
    return accounts.toSorted((a, b) => (a.username < b.username ? -1 : 1)).map(shown);
  }

  /** @throws AppError `conflict` for a name that is taken. */
  async create({ username, password, roles }: NewUser): Promise<object> {
    const { store, passwords, clock } = this.#deps;
    const account = {
      ...{ username, roles: [...roles], password: await passwords.hash(password) },
      ...{ isDisabled: false, createdMs: clock.now() },
    };
    await store.change((document) => ({
      document: withAccount(document, account),
      result: undefined,
    }));
    return shown(account);
  }

  /** All tokens that the user has are void. @throws AppError `not_found`; `conflict` for the last admin. */
  async change(username: string, { password, roles, disabled }: UserChange): Promise<void> {
    const { store, passwords } = this.#deps;
    const hashed = password === undefined ? {} : { password: await passwords.hash(password) };
    const change = {
      ...hashed,
      ...(roles !== undefined && { roles: [...roles] }),
      ...(disabled !== undefined && { isDisabled: disabled }),
    };
    await store.change((document) => ({
      document: withChangedAccount(document, username, change),
      result: undefined,
    }));
  }

  /** @throws AppError `not_found`; `conflict` for the last admin. */
  async remove(username: string): Promise<void> {
    await this.#deps.store.change((document) => ({
      document: withChangedAccount(document, username, null),
      result: undefined,
    }));
  }
}

function shown({ username, roles, isDisabled, createdMs }: Omit<Account, 'epoch'>): object {
  const created_at = new Date(createdMs).toISOString();
  return { username, roles, disabled: isDisabled, created_at };
}
