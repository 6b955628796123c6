import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { Role } from './auth-names.ts';

/** etcd takes no more than 1.5 MB at once. */
const TEXT_CHARACTERS_MAX = 1_300_000;

/** How many of each there may be; together they stay below what one document holds. */
export const COUNTS_MAX = {
  accounts: 500,
  clients: 4_000,
  revoked: 2_000,
  enrolments: 500,
  keys: 8,
} as const;

const Count = z.int().nonnegative();

/** Ed25519, as RFC 8037 writes it. */
const SigningKey = z.object({
  ...{ kid: z.string(), x: z.string(), d: z.string(), createdMs: z.number() },
  /** Until when tokens that it has signed are taken. Null: it is the one that signs. */
  untilMs: z.number().nullable(),
});
export type SigningKey = Readonly<z.output<typeof SigningKey>>;

const PasswordHash = z.object({
  ...{ salt: z.string(), hash: z.string() },
  ...{ cost: z.int().positive(), blockSize: z.int().positive(), parallel: z.int().positive() },
});
export type PasswordHash = Readonly<z.output<typeof PasswordHash>>;

/** Tokens name the epoch that their subject was in; a later one makes them void. */
const SUBJECT = { epoch: Count, isDisabled: z.boolean(), createdMs: z.number() };

const Account = z.object({
  ...SUBJECT,
  username: z.string(),
  password: PasswordHash,
  roles: z.array(Role),
});
export type Account = Readonly<z.output<typeof Account>>;

const Client = z.object({
  ...SUBJECT,
  ...{ id: z.string(), name: z.string(), secretHash: z.string() },
  /** Null: it is not held to any. */
  services: z.array(z.string()).nullable(),
  roles: z.array(Role),
});
export type Client = Readonly<z.output<typeof Client>>;

const Revoked = z.object({ id: z.string(), subject: z.string(), untilMs: z.number() });

const Enrolment = z.object({
  ...{ id: z.string(), hash: z.string(), services: z.array(z.string()) },
  ...{ usesLeft: Count, untilMs: z.number(), createdBy: z.string() },
});
export type Enrolment = Readonly<z.output<typeof Enrolment>>;

const AuthDocument = z.object({
  version: z.literal(1),
  /** The last that was given to anybody. */
  epoch: Count,
  keys: z.array(SigningKey),
  accounts: z.array(Account),
  clients: z.array(Client),
  revoked: z.array(Revoked),
  enrolments: z.array(Enrolment),
});
/** All that masters share about who may do what. */
export type AuthDocument = Readonly<z.output<typeof AuthDocument>>;

/**
 * What a text of the store says.
 * @throws AppError `internal` for one that is damaged.
 */
export function authDocumentOf(text: string): AuthDocument {
  const { success, data, error } = AuthDocument.safeParse(jsonOf(text));
  if (success) return data;
  throw damaged(z.prettifyError(error), error);
}

/** @throws AppError `conflict` for more than a store holds. */
export function authText(document: AuthDocument): string {
  const text = JSON.stringify(document);
  if (text.length <= TEXT_CHARACTERS_MAX) return text;
  throw new AppError('conflict', 'there are too many accounts and clients; delete some first');
}

/** Without what is over. */
export function swept(document: AuthDocument, nowMs: number): AuthDocument {
  return {
    ...document,
    keys: document.keys.filter(({ untilMs }) => untilMs === null || untilMs > nowMs),
    revoked: document.revoked.filter(({ untilMs }) => untilMs > nowMs),
    enrolments: document.enrolments.filter(
      ({ usesLeft, untilMs }) => usesLeft > 0 && untilMs > nowMs,
    ),
  };
}

/** @throws AppError `conflict` when there is no room for one more. */
export function requireRoom(document: AuthDocument, what: keyof typeof COUNTS_MAX): void {
  if (document[what].length < COUNTS_MAX[what]) return;
  throw new AppError(
    'conflict',
    `there are ${COUNTS_MAX[what]} ${what} already, and no more can be`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw damaged('it is no JSON', thrown);
  }
}

function damaged(what: string, cause: unknown): AppError {
  return new AppError('internal', `the document of accounts is damaged: ${what}`, { cause });
}
