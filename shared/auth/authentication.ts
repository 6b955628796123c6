import type { Logger } from 'pino';
import { registryEnvelope } from '../api/registry-envelope.ts';
import type { TokenCheck } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Actor } from '../kernel/run-together.ts';
import type { LockedDocument } from '../stores/documents/locked-document.ts';
import { AuthKeeper } from './auth-keeper.ts';
import { AuthStore } from './auth-store.ts';
import { ClientAccounts } from './client-accounts.ts';
import { adminRoutes } from './http/admin.routes.ts';
import { authRoutes } from './http/auth.routes.ts';
import { Logins } from './logins.ts';
import type { Passwords } from './passwords.ts';
import { revoked } from './revocations.ts';
import { Tokens } from './tokens.ts';
import { UserAccounts } from './user-accounts.ts';

interface AuthenticationDeps {
  /** It is tried again when it throws. */
  readonly open: () => Promise<LockedDocument>;
  readonly passwords: Passwords;
  /** How long tokens last. */
  readonly tokenMinutes: number;
  /** How long a key signs. */
  readonly keyDays: number;
  /** HTTP statuses go with the codes. */
  readonly hasStatus: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  /** Shows the secret of the first admin. */
  readonly print: (line: string) => void;
}

/** Who may do what, as a master knows it. */
export interface Authentication {
  readonly tokens: TokenCheck;
  readonly routes: readonly Route[];
  /** Has to run, so that changes of other masters are seen. */
  readonly actor: Actor;
  close(): Promise<void>;
}

/** Resolves when the accounts were read, or made, or could not be. */
export async function createAuthentication(deps: AuthenticationDeps): Promise<Authentication> {
  const { open, passwords, tokenMinutes, keyDays, clock, log, print } = deps;
  const store = new AuthStore({ open, clock });
  const tokens = new Tokens({ store, clock, minutes: tokenMinutes });
  const keeper = new AuthKeeper({ store, passwords, clock, log, print, tokenMinutes, keyDays });
  await keeper.step();

  const envelope = registryEnvelope({ hasStatus: deps.hasStatus });
  const clients = new ClientAccounts({ store, clock });
  const routes = [
    ...authRoutes({
      ...{ envelope, clients, logins: new Logins({ store, tokens, passwords, clock }) },
      isKnown: (subject) => store.state.accounts.has(subject) || store.state.clients.has(subject),
    }),
    ...adminRoutes({
      ...{ envelope, clients, users: new UserAccounts({ store, passwords, clock }) },
      rotateKeys: (isOldVoid) => keeper.rotate(isOldVoid),
      revoke: (what) =>
        store.change((document) => ({
          document: revoked(document, what, clock.now()),
          result: undefined,
        })),
    }),
  ];
  return { tokens, routes, actor: keeper, close: () => store.close() };
}
