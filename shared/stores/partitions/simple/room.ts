import { AppError } from '../../../kernel/errors.ts';
import type { NamespaceSnapshot } from '../memory/memory-partition-data.ts';

/** The whole document is written at each step: more than this would be slow for everybody. */
export const OPEN_PARTITIONS_MAX = 10_000;
export const DOCUMENT_LENGTH_MAX = 16 * 1024 * 1024;

interface Size {
  readonly open: number;
  readonly length: number;
}

export function sizeOf(text: string, { rows }: NamespaceSnapshot): Size {
  return { open: rows.length, length: text.length };
}

/** @throws AppError `conflict` for a document that grows beyond what this strategy is for. */
export function requireRoom(namespace: string, before: Size, after: Size): void {
  if (after.open > OPEN_PARTITIONS_MAX && after.open > before.open) {
    throw full(namespace, `${after.open} open partitions; ${OPEN_PARTITIONS_MAX} is the most`);
  }
  if (after.length > DOCUMENT_LENGTH_MAX && after.length > before.length) {
    throw full(namespace, `${after.length} characters; ${DOCUMENT_LENGTH_MAX} is the most`);
  }
}

function full(namespace: string, what: string): AppError {
  return new AppError(
    'conflict',
    `with the strategy "simple" ${namespace} would have ${what}: "hash" is for so many`,
  );
}
