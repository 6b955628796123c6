import { AppError, messageOf } from '../../kernel/errors.ts';

/** SQLite's primary result codes; the extended ones carry them in their low byte. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const PROTOCOL = 15;
const NOT_A_DATABASE = 26;

const REFUSALS = new Set([BUSY, LOCKED, READONLY, IO_ERROR, FULL, CANNOT_OPEN, PROTOCOL]);
const DAMAGES = new Set([CORRUPT, NOT_A_DATABASE]);

/** What a failed SQLite call means: the disk said no, the file is damaged, or a fault of ours. */
export function sqliteFailure(thrown: unknown): 'refused' | 'damaged' | 'fault' {
  const code = resultCode(thrown);
  if (REFUSALS.has(code)) return 'refused';
  return DAMAGES.has(code) ? 'damaged' : 'fault';
}

export function isBusy(thrown: unknown): boolean {
  return resultCode(thrown) === BUSY;
}

/**
 * Words for a failed SQLite call on the file at `path`. `remedy` says what its user does about a
 * damaged file, and what that costs.
 */
export function sqliteError(thrown: unknown, path: string, remedy: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const options = { cause: thrown, details: { path } };
  switch (sqliteFailure(thrown)) {
    case 'refused':
      return new AppError('unavailable', `${path}: ${messageOf(thrown)}`, options);
    case 'damaged':
      return new AppError(
        'invalid',
        `${path} is damaged: ${messageOf(thrown)}; ${remedy}`,
        options,
      );
    case 'fault':
      return new AppError('internal', `${path}: ${messageOf(thrown)}`, options);
  }
}

function resultCode(thrown: unknown): number {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return 0;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : 0;
}
