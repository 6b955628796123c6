import { AppError } from '../../../kernel/errors.ts';
import type { NamespaceSnapshot } from '../memory/memory-partition-data.ts';

/** The whole document is written at each step: more than this would be slow for everybody. */
export const OPEN_PARTITIONS_MAX = 10_000;
export const DOCUMENT_LENGTH_MAX = 16 * 1024 * 1024;

interface Sized {
  readonly text: string;
  readonly snapshot: Pick<NamespaceSnapshot, 'rows'>;
}

/** @throws AppError `conflict` for a document that grows beyond what this strategy is for. */
export function requireRoom(namespace: string, before: Sized, after: Sized): void {
  const [were, are] = [before.snapshot.rows.length, after.snapshot.rows.length];
  if (are > OPEN_PARTITIONS_MAX && are > were) {
    throw full(namespace, `${are} open partitions, and there may be ${OPEN_PARTITIONS_MAX}`);
  }
  const [was, is] = [before.text.length, after.text.length];
  if (is > DOCUMENT_LENGTH_MAX && is > was) {
    throw full(namespace, `${is} characters, and it may have ${DOCUMENT_LENGTH_MAX}`);
  }
}

function full(namespace: string, what: string): AppError {
  return new AppError(
    'conflict',
    `with the strategy "simple" ${namespace} would have ${what}: use "hash" for so many`,
  );
}
