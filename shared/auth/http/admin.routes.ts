import { z } from 'zod';
import type { Envelope } from '../../api/envelope.ts';
import { jsonBody } from '../../api/json-body.ts';
import type { Call, Route } from '../../http/route.ts';
import { ClientName, Password, Roles, Services, UserName } from '../auth-names.ts';
import type { ClientAccounts } from '../client-accounts.ts';
import type { UserAccounts } from '../user-accounts.ts';

const USES_MAX = 10_000;
const ENROLMENT_MINUTES_MAX = 7 * 24 * 60;

const NewUser = z.strictObject({
  ...{ username: UserName, password: Password },
  roles: Roles.default(['user']),
});
const UserChange = z.strictObject({
  ...{ password: Password.optional(), roles: Roles.optional() },
  disabled: z.boolean().optional(),
});
const NewClient = z.strictObject({
  ...{ name: ClientName, services: Services.nullable() },
  roles: Roles.default([]),
});
const ClientChange = z.strictObject({
  ...{ name: ClientName.optional(), services: Services.nullable().optional() },
  ...{ roles: Roles.optional(), disabled: z.boolean().optional() },
  new_secret: z.boolean().optional(),
});
const NewEnrolment = z.strictObject({
  services: Services.refine((names) => names.length > 0, 'name a service at least'),
  uses: z.int().min(1).max(USES_MAX).default(1),
  minutes: z.int().min(1).max(ENROLMENT_MINUTES_MAX).default(60),
});
const Rotation = z.strictObject({ drop_old: z.boolean().default(false) });
const NameMax = z.string().min(1).max(128);
const Revocation = z.union(
  [z.strictObject({ jti: NameMax }), z.strictObject({ subject: NameMax })],
  'write either {"jti": "..."} or {"subject": "a user name or client_id"}',
);

interface AdminRoutesDeps {
  readonly users: UserAccounts;
  readonly clients: ClientAccounts;
  /** Gives the kid of the new key. */
  readonly rotateKeys: (isOldVoid: boolean) => Promise<string>;
  readonly revoke: (what: z.output<typeof Revocation>) => Promise<void>;
  readonly envelope: Envelope;
}

/** What admins do: who may log in, and with which keys. */
export function adminRoutes(deps: AdminRoutesDeps): Route[] {
  const { rotateKeys, revoke, envelope } = deps;
  const row = rowMaker(envelope);
  return [
    ...userRoutes(deps, row),
    ...clientRoutes(deps, row),
    ...enrolmentRoutes(deps, row),
    row('POST', '/auth/keys/rotate', async (call) => {
      return { kid: await rotateKeys(jsonBody(call, Rotation).drop_old) };
    }),
    row('POST', '/auth/revoke', async (call) => {
      const what = jsonBody(call, Revocation);
      for (const [fact, value] of Object.entries(what)) call.note(fact, value);
      await revoke(what);
      return {};
    }),
  ];
}

type RowMaker = (
  method: Route['method'],
  path: string,
  answer: (call: Call) => Promise<unknown>,
) => Route;

function rowMaker(envelope: Envelope): RowMaker {
  return (method, path, answer) => ({
    ...{ method, path, access: 'admin', failure: '', audit: 'all', envelope, answer },
  });
}

function userRoutes({ users }: AdminRoutesDeps, row: RowMaker): Route[] {
  const path = '/auth/users';
  const one = `${path}/:username`;
  return [
    row('GET', path, async () => users.list()),
    row('POST', path, async (call) => {
      const asked = jsonBody(call, NewUser);
      call.note('subject', asked.username);
      return users.create(asked);
    }),
    row('PUT', one, async (call) => {
      await users.change(call.params['username'] ?? '', jsonBody(call, UserChange));
      return {};
    }),
    row('DELETE', one, async ({ params }) => {
      await users.remove(params['username'] ?? '');
      return {};
    }),
  ];
}

function clientRoutes({ clients }: AdminRoutesDeps, row: RowMaker): Route[] {
  const path = '/auth/clients';
  const one = `${path}/:client_id`;
  return [
    row('GET', path, async () => clients.list()),
    row('POST', path, async (call) => {
      const made = await clients.create(jsonBody(call, NewClient));
      call.note('subject', made.client_id);
      return made;
    }),
    row('PUT', one, (call) =>
      clients.change(call.params['client_id'] ?? '', jsonBody(call, ClientChange)),
    ),
    row('DELETE', one, async ({ params }) => {
      await clients.remove(params['client_id'] ?? '');
      return {};
    }),
  ];
}

function enrolmentRoutes({ clients }: AdminRoutesDeps, row: RowMaker): Route[] {
  const path = '/auth/enrolments';
  return [
    row('GET', path, async () => clients.enrolments()),
    row('POST', path, async (call) => {
      const made = await clients.offer(jsonBody(call, NewEnrolment), call.caller.name);
      call.note('enrolment', made.id);
      return made;
    }),
    row('DELETE', `${path}/:id`, async ({ params }) => {
      await clients.withdraw(params['id'] ?? '');
      return {};
    }),
  ];
}
