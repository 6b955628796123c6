import { toAppError } from '../../kernel/errors.ts';
import type { Numbered, Reply } from '../worker-rpc.ts';
import { isBusy } from './sqlite-errors.ts';

interface Answering<Request> {
  /** Does all in one transaction; null: these cannot be. */
  readonly together: (requests: readonly Request[]) => readonly unknown[] | null;
  readonly alone: (request: Request) => unknown;
}

/**
 * Answers requests that stand side by side: together, and where that fails each by itself, so that
 * one bad request fails only its own caller. All fail together where another process held the file.
 */
export function answerBatch<Request>(
  batch: readonly Numbered<Request>[],
  { together, alone }: Answering<Request>,
): Reply[] {
  try {
    const values = together(batch.map(({ request }) => request));
    if (values !== null) {
      return batch.map(({ id }, nth) => ({ id, ok: true, value: values[nth] }));
    }
  } catch (thrown) {
    // Each would wait as long as all have waited. Else whose fault it is shows when each is by itself.
    const { cause } = toAppError(thrown);
    if (isBusy(cause)) return batch.map(({ id }) => refusalOf(id, thrown));
  }
  return batch.map(({ id, request }) => {
    try {
      return { id, ok: true, value: alone(request) };
    } catch (thrown) {
      return refusalOf(id, thrown);
    }
  });
}

function refusalOf(id: number, thrown: unknown): Reply {
  const { kind, message, details } = toAppError(thrown);
  return { id, ok: false, kind, message, details };
}
