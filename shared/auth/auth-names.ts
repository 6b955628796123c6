import { z } from 'zod';

/** What clients' IDs begin with, and user names do not: no token of one is ever the other's. */
export const CLIENT_PREFIX = 'client-';

/** Names of users: they stand in paths, tokens and lines of the log. */
export const UserName = z
  .string()
  .regex(
    /^(?!client-)[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    'a user name has 1 to 64 of A-Z a-z 0-9 . _ @ -, begins with a letter or digit, and not with "client-"',
  );

/** What a client is called, for people to read. */
export const ClientName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/, 'a name has 1 to 128 of A-Z a-z 0-9 . _ : @ -');

/** As the registry has them. */
export const ServiceName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/, 'a service name has 1 to 128 of A-Z a-z 0-9 . _ -');

const PASSWORD_CHARACTERS_MIN = 12;
const PASSWORD_CHARACTERS_MAX = 128;

export const Password = z
  .string()
  .min(PASSWORD_CHARACTERS_MIN, `a password has at least ${PASSWORD_CHARACTERS_MIN} characters`)
  .max(PASSWORD_CHARACTERS_MAX, `a password has at most ${PASSWORD_CHARACTERS_MAX} characters`);

/** Of one client. */
const SERVICES_MAX = 32;

export const Services = z
  .array(ServiceName)
  .max(SERVICES_MAX, `a client is for at most ${SERVICES_MAX} services`)
  .transform((names) => [...new Set(names)].sort());

export const Role = z.enum(['user', 'admin'], 'a role is "user" or "admin"');
export type Role = z.output<typeof Role>;

export const Roles = z
  .array(Role)
  .max(Role.options.length)
  .transform((roles) => [...new Set(roles)].sort());
