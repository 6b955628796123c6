import { AppError } from '../kernel/errors.ts';
import { type Account, type AuthDocument, type Client, requireRoom } from './auth-document.ts';

/** Whoever changes is in a new epoch: older tokens say what was true before. */
function nextEpoch(document: AuthDocument): { readonly epoch: number } {
  return { epoch: document.epoch + 1 };
}

/** @throws AppError `conflict` for a name that is taken, or one too many. */
export function withAccount(document: AuthDocument, account: Omit<Account, 'epoch'>): AuthDocument {
  requireRoom(document, 'accounts');
  const { username } = account;
  if (document.accounts.some((each) => each.username === username)) {
    throw new AppError('conflict', `there is a user ${username} already; change it instead`);
  }
  const next = nextEpoch(document);
  return { ...document, ...next, accounts: [...document.accounts, { ...account, ...next }] };
}

/**
 * Null takes it away. All its tokens are void.
 * @throws AppError `not_found`; `conflict` when nobody would be left to change anything.
 */
export function withChangedAccount(
  document: AuthDocument,
  username: string,
  change: Partial<Pick<Account, 'password' | 'roles' | 'isDisabled'>> | null,
): AuthDocument {
  requireKnown(document.accounts, (each) => each.username === username, `user ${username}`);
  const next = nextEpoch(document);
  const accounts = document.accounts.flatMap((each) => {
    if (each.username !== username) return [each];
    return change === null ? [] : [{ ...each, ...change, ...next }];
  });
  if (!accounts.some(({ roles, isDisabled }) => roles.includes('admin') && !isDisabled)) {
    throw new AppError('conflict', `${username} is the last admin; make another one first`);
  }
  return { ...document, ...next, accounts };
}

/** @throws AppError `conflict` for one too many. */
export function withClient(document: AuthDocument, client: Omit<Client, 'epoch'>): AuthDocument {
  requireRoom(document, 'clients');
  const next = nextEpoch(document);
  return { ...document, ...next, clients: [...document.clients, { ...client, ...next }] };
}

/**
 * Null takes it away. All its tokens are void.
 * @throws AppError `not_found`.
 */
export function withChangedClient(
  document: AuthDocument,
  id: string,
  change: Partial<Omit<Client, 'id' | 'epoch'>> | null,
): AuthDocument {
  requireKnown(document.clients, (each) => each.id === id, `client ${id}`);
  const next = nextEpoch(document);
  const clients = document.clients.flatMap((each) => {
    if (each.id !== id) return [each];
    return change === null ? [] : [{ ...each, ...change, ...next }];
  });
  return { ...document, ...next, clients };
}

/**
 * All tokens that a user or a client has are void.
 * @throws AppError `not_found`.
 */
export function withVoidTokens(document: AuthDocument, subject: string): AuthDocument {
  const isAccount = document.accounts.some(({ username }) => username === subject);
  return isAccount
    ? withChangedAccount(document, subject, {})
    : withChangedClient(document, subject, {});
}

function requireKnown<T>(all: readonly T[], is: (one: T) => boolean, what: string): void {
  if (!all.some(is)) throw new AppError('not_found', `there is no ${what}`);
}
