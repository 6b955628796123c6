import type { IdRange } from '../../domain/id-range.ts';
import { AppError } from '../../kernel/errors.ts';

type Ranged = IdRange & { readonly id: number };

/** What a caller decides by; in `details.code`. */
type StoreCode = 'fenced' | 'stale_plan' | 'store_lost' | 'version';

/** Somebody else's turn has begun since: whoever hears this leads no more. */
export function fencedError(epoch: number, now: number): AppError {
  return coded('fenced', `epoch ${epoch} is over, it is ${now} now`);
}

export function stalePlanError(after: bigint | null, plannedTo: bigint | null): AppError {
  return coded(
    'stale_plan',
    `planned is up to ${plannedTo ?? 'nothing'}, not up to ${after ?? 'nothing'}`,
  );
}

/** The data that were worked on are gone. */
export function storeLostError(namespace: string): AppError {
  return coded(
    'store_lost',
    `the data of ${namespace} are not those that were worked on: what was done is not known here`,
  );
}

/** The same, found out when a process starts. */
export function otherDataError(): AppError {
  return coded(
    'store_lost',
    'the data are not those that were worked on before: accept them when that is right',
  );
}

/** A namespace is of one strategy for good. */
export function otherStrategyError(namespace: string, strategy: string): AppError {
  return new AppError(
    'invalid',
    `${namespace} was begun with the strategy "${strategy}": open it with that one, ` +
      'or choose another namespace',
  );
}

export function versionError(id: number, expected: number, now: number): AppError {
  return coded('version', `partition ${id} has version ${now}, not ${expected}: read it again`);
}

export function otherRangeError(asked: Ranged, there: IdRange | null): AppError {
  const now = there === null ? 'completed or removed' : `${there.min} to ${there.max}`;
  return new AppError(
    'conflict',
    `partition ${asked.id} is ${now}, and cannot be ${asked.min} to ${asked.max}`,
  );
}

export function unknownPartitionError(id: number): AppError {
  return new AppError('not_found', `there is no partition ${id}`);
}

export function hasStoreCode(thrown: unknown, code: StoreCode): boolean {
  return thrown instanceof AppError && thrown.details['code'] === code;
}

function coded(code: StoreCode, message: string): AppError {
  return new AppError('conflict', message, { details: { code } });
}
