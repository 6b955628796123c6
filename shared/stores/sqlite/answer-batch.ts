import { toAppError } from '../../kernel/errors.ts';
import type { Numbered, Reply } from '../worker-rpc.ts';

interface Answering<Request> {
  /** Does all in one transaction; null: these cannot be. */
  readonly together: (requests: readonly Request[]) => readonly unknown[] | null;
  readonly alone: (request: Request) => unknown;
}

/**
 * Answers requests that stand side by side: together, and where that fails each by itself, so that
 * one bad request fails only its own caller.
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
  } catch {
    // Whose fault it is shows when each is by itself.
  }
  return batch.map(({ id, request }) => {
    try {
      return { id, ok: true, value: alone(request) };
    } catch (thrown) {
      const { kind, message, details } = toAppError(thrown);
      return { id, ok: false, kind, message, details };
    }
  });
}
