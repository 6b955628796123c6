import { z } from 'zod';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { isSuccess, isTransient } from '../../../outbound/http-refusal.ts';

const REASON_LENGTH_MAX = 300;
/** The document itself is at fault. */
const CONTENT_STATUSES: readonly number[] = [400, 413, 422];
const CONFLICT = 409;

/** What is left of an answer by this is all that is looked at. */
export const BULK_FILTER = 'errors,items.*.status,items.*.error.type,items.*.error.reason';

const Result = z.object({
  status: z.int(),
  error: z.object({ type: z.string().optional(), reason: z.string().nullish() }).optional(),
});
const BulkAnswer = z.object({
  errors: z.boolean(),
  items: z.array(z.record(z.string(), Result)).default([]),
});

/** What has become of one document. */
export type ItemOutcome =
  | { readonly kind: 'taken' }
  /** It may be taken later. */
  | { readonly kind: 'later'; readonly reason: string }
  /** It will never be. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Not because of what it is: rights are missing, an index is closed. */
  | { readonly kind: 'forbidden'; readonly reason: string };

/**
 * What a bulk answer says of `count` documents, in their order; null: all are taken.
 *
 * @throws AppError `unavailable` when it is no such answer.
 */
export function bulkOutcomes(url: string, body: string, count: number): ItemOutcome[] | null {
  const answer = BulkAnswer.safeParse(valueOf(body));
  if (!answer.success) throw strange(url, body);
  const { errors, items } = answer.data;
  if (!errors) return null;
  if (items.length !== count) throw strange(url, body);
  return items.map((item) => {
    const [[action, result] = ['', undefined]] = Object.entries(item);
    return result === undefined ? LATER : outcomeOf(action, result);
  });
}

const LATER: ItemOutcome = { kind: 'later', reason: 'the answer says nothing of the document' };

function outcomeOf(action: string, { status, error }: z.output<typeof Result>): ItemOutcome {
  // A conflict means that it is there already.
  const isThere = action === 'create' && status === CONFLICT;
  if (isThere || isSuccess({ status })) return { kind: 'taken' };
  const { type = 'error', reason } = error ?? {};
  const why = `status ${status}: ${type}: ${reason ?? ''}`.slice(0, REASON_LENGTH_MAX);
  return { kind: kindOf(status), reason: why };
}

function kindOf(status: number): 'later' | 'refused' | 'forbidden' {
  if (isTransient(status) || status === CONFLICT) return 'later';
  return CONTENT_STATUSES.includes(status) ? 'refused' : 'forbidden';
}

function valueOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function strange(url: string, body: string): AppError {
  const shown = body.slice(0, REASON_LENGTH_MAX);
  return new AppError('unavailable', `${url} gave no answer to a bulk request: ${shown}`);
}
