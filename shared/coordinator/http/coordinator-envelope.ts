import type { Envelope } from '../../api/envelope.ts';
import type { AppError } from '../../kernel/errors.ts';
import { STATUS } from './json-route.ts';

const UNAUTHORIZED = 401;

/** Plain JSON, also of what goes wrong before or beside a route: the original's API has no codes. */
export const coordinatorEnvelope: Envelope = {
  success: (data) => (typeof data === 'object' && data !== null ? data : { success: true }),
  failure: (error) => {
    const status = statusOf(error);
    return { status, body: { success: false, message: messageOf(error, status) } };
  },
};

function statusOf({ kind, details }: AppError): number {
  return typeof details['status'] === 'number' ? details['status'] : STATUS[kind];
}

function messageOf({ kind, message }: AppError, status: number): string {
  if (status === UNAUTHORIZED) return 'unauthorized: send Authorization: Bearer TOKEN';
  // What nobody has foreseen may say anything, and stays in the log.
  return kind === 'internal' ? 'internal error' : message;
}
