import { z } from 'zod';
import type { Envelope } from '../../api/envelope.ts';
import { jsonBody } from '../../api/json-body.ts';
import type { Route } from '../../http/route.ts';
import { ClientName } from '../auth-names.ts';
import type { ClientAccounts } from '../client-accounts.ts';
import type { Logins } from '../logins.ts';

/** Nothing longer can be right. */
const GIVEN_CHARACTERS_MAX = 512;
const Given = z.string().max(GIVEN_CHARACTERS_MAX);

const UserLogin = z.strictObject({ username: Given, password: Given });
const ClientLogin = z.strictObject({ client_id: Given, client_secret: Given });
const Enrol = z.strictObject({ token: Given, name: ClientName });

interface AuthRoutesDeps {
  readonly logins: Logins;
  readonly clients: ClientAccounts;
  readonly envelope: Envelope;
  /** Whether somebody is of that name: only then it may stand in the log. */
  readonly isKnown: (subject: string) => boolean;
}

/** How one gets a token, looks at it, and gives it back. */
export function authRoutes({ logins, clients, envelope, isKnown }: AuthRoutesDeps): Route[] {
  const row = { envelope, failure: '' };
  const open = { ...row, method: 'POST', access: 'open' } as const;
  return [
    {
      ...{ ...open, path: '/auth/login', audit: 'all' },
      async answer(call) {
        const { username, password } = jsonBody(call, UserLogin);
        // A password may have been typed in its place.
        if (isKnown(username)) call.note('subject', username);
        const address = call.remoteAddress;
        const { token, expiresInS } = await logins.user({ username, password, address });
        return { token, expires_in: expiresInS, token_type: 'Bearer' };
      },
    },
    {
      ...{ ...open, path: '/auth/client', audit: 'refused' },
      async answer(call) {
        const { client_id: id, client_secret: secret } = jsonBody(call, ClientLogin);
        if (isKnown(id)) call.note('subject', id);
        const { token, expiresInS } = await logins.client(id, secret);
        return { access_token: token, expires_in: expiresInS, token_type: 'Bearer' };
      },
    },
    {
      ...{ ...open, path: '/auth/enrol', audit: 'all' },
      async answer(call) {
        const { token, name } = jsonBody(call, Enrol);
        const made = await clients.enrol(token, name);
        call.note('subject', made.client_id);
        return made;
      },
    },
    {
      ...{ ...row, method: 'POST', path: '/auth/logout', access: 'token', audit: 'refused' },
      async answer({ caller }) {
        await logins.end(caller);
        return {};
      },
    },
    {
      ...{ ...row, method: 'GET', path: '/auth/verify', access: 'token', audit: 'refused' },
      async answer({ caller: { name, roles, services, token } }) {
        const expires_at = token === null ? null : new Date(token.expiresS * 1000).toISOString();
        return { name, roles, services, jti: token?.id ?? null, expires_at };
      },
    },
  ];
}
