import { AppError } from '../kernel/errors.ts';
import { type AuthDocument, type Enrolment, requireRoom } from './auth-document.ts';
import { isSecretOf } from './secrets.ts';

const TOKEN = /^enrol-([\da-f]{1,64})\.([\w-]{1,128})$/;

/** What is shown of an enrolment, once. */
export function enrolmentToken(id: string, secret: string): string {
  return `enrol-${id}.${secret}`;
}

/** @throws AppError `conflict` when there are too many. */
export function withEnrolment(document: AuthDocument, enrolment: Enrolment): AuthDocument {
  requireRoom(document, 'enrolments');
  return { ...document, enrolments: [...document.enrolments, enrolment] };
}

/** @throws AppError `not_found`. */
export function withoutEnrolment(document: AuthDocument, id: string): AuthDocument {
  const enrolments = document.enrolments.filter((each) => each.id !== id);
  if (enrolments.length < document.enrolments.length) return { ...document, enrolments };
  throw new AppError('not_found', `there is no enrolment ${id}`);
}

/**
 * Takes one of its uses.
 * @throws AppError `forbidden` for a token that is none, or none any more.
 */
export function useEnrolment(
  document: AuthDocument,
  token: string,
  nowMs: number,
): { readonly document: AuthDocument; readonly enrolment: Enrolment } {
  const [, id = '', secret = ''] = TOKEN.exec(token) ?? [];
  const enrolment = document.enrolments.find((each) => each.id === id);
  const isGood =
    enrolment !== undefined &&
    isSecretOf(secret, enrolment.hash) &&
    enrolment.usesLeft > 0 &&
    enrolment.untilMs > nowMs;
  if (!isGood) {
    throw new AppError('forbidden', 'the enrol token is wrong, used up or too old', {
      details: { status: 401 },
    });
  }
  const enrolments = document.enrolments.map((each) =>
    each === enrolment ? { ...each, usesLeft: each.usesLeft - 1 } : each,
  );
  return { document: { ...document, enrolments }, enrolment };
}
