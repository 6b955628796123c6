import { type AuthDocument, COUNTS_MAX, requireRoom } from './auth-document.ts';
import { withVoidTokens } from './subjects.ts';

/** Of one subject, by itself; further ones make all its tokens void. */
const OWN_MAX = 20;

interface Token {
  readonly id: string;
  /** When it ends by itself. */
  readonly untilMs: number;
}

/** Longer than any token lasts. */
const LONGEST_MS = 2 * 24 * 60 * 60_000;

/**
 * What an admin has named is void: one token, or all of a user or client.
 * @throws AppError `not_found`; `conflict` when there is no room for one more token: to void all of
 * its subject takes none.
 */
export function revoked(
  document: AuthDocument,
  what: { readonly jti: string } | { readonly subject: string },
  nowMs: number,
): AuthDocument {
  if ('subject' in what) return withVoidTokens(document, what.subject);
  return withRevoked(document, { id: what.jti, untilMs: nowMs + LONGEST_MS });
}

function withRevoked(document: AuthDocument, token: Token): AuthDocument {
  if (isRevoked(document, token.id)) return document;
  requireRoom(document, 'revoked');
  return { ...document, revoked: [...document.revoked, { ...token, subject: '' }] };
}

/** Who leaves can do so always, and takes no more room than is their own. */
export function withLoggedOut(document: AuthDocument, subject: string, token: Token): AuthDocument {
  if (isRevoked(document, token.id)) return document;
  const own = document.revoked.filter((each) => each.subject === subject).length;
  const isFull = own >= OWN_MAX || document.revoked.length >= COUNTS_MAX.revoked / 2;
  if (!isFull) {
    return { ...document, revoked: [...document.revoked, { ...token, subject }] };
  }
  const others = document.revoked.filter((each) => each.subject !== subject);
  return withVoidTokens({ ...document, revoked: others }, subject);
}

function isRevoked({ revoked }: AuthDocument, id: string): boolean {
  return revoked.some((each) => each.id === id);
}
