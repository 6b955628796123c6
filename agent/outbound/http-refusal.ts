import type { HttpResponse } from '../../shared/client/http-client.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import { retryAfterMs } from './retry-after.ts';

const ANSWER_SHOWN_LENGTH_MAX = 200;
/** Besides all from 500 on: the server asks for patience. */
const PATIENCE_STATUSES: readonly number[] = [408, 425, 429];
/** The server does not like what is in the body, or how much of it there is. */
const CONTENT_STATUSES: readonly number[] = [400, 413, 422];

export function isSuccess({ status }: Pick<HttpResponse, 'status'>): boolean {
  return status >= 200 && status <= 299;
}

/** Whether the same request may well succeed later. */
export function isTransient(status: number): boolean {
  return status >= 500 || PATIENCE_STATUSES.includes(status);
}

/**
 * What an answer without success means for a batch: `unavailable` is worth a retry, after
 * `details.retryAfterMs` where the server names a time; `RecordsRefused` blames the records; any
 * other kind the configuration.
 */
export function refusal(url: string, response: HttpResponse, nowMs: number): AppError {
  const { status, headers, body } = response;
  const answer = `${url} answered with status ${status}: ${body.slice(0, ANSWER_SHOWN_LENGTH_MAX)}`;
  const waitMs = retryAfterMs(headers['retry-after'], nowMs);
  const details = { status, ...(waitMs !== null && { retryAfterMs: waitMs }) };
  if (CONTENT_STATUSES.includes(status)) return new RecordsRefused(answer, details);
  return new AppError(isTransient(status) ? 'unavailable' : 'invalid', answer, { details });
}
