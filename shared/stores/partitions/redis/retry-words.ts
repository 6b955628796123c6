import type { Retried, RetryRequest } from '../partition-store.ts';
import { idText } from './id-text.ts';

/** In place of IDs, in a script and in what is kept: all that there are. */
const ALL = 'all';
const SEPARATOR = ',';

export function retryWords({ ids, isForced, limit }: RetryRequest): [string, string, string] {
  const asked = ids === null ? ALL : ids.map(idText).join(SEPARATOR);
  return [asked, isForced ? '1' : '0', String(limit)];
}

export function retryOf(ids: string, isForced: string, limit: string): RetryRequest {
  return {
    ids: ids === ALL ? null : idsOf(ids),
    isForced: isForced === '1',
    limit: Number(limit),
  };
}

export function retriedOf(again: string, skipped: string): Retried {
  return { retried: idsOf(again), skipped: idsOf(skipped) };
}

function idsOf(text: string): number[] {
  return text === '' ? [] : text.split(SEPARATOR).map(Number);
}
