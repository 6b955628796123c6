import { certificateRefusal } from '../../shared/kernel/certificate-refusal.ts';
import { AppError, type ErrorKind, messageOf } from '../../shared/kernel/errors.ts';
import { RecordsRefused } from '../records/records-refused.ts';

/** By the class of a SQLSTATE: what must be changed before the same can go well. */
const CONTENT_CLASSES = ['22', '23'];
const CONFIG_CLASSES = ['28', '3D', '3F', '42'];
/** Of MySQL's errors those whose SQLSTATE says nothing (`HY000`), or something else. */
const MYSQL_CONTENT: readonly number[] = [1048, 1264, 1265, 1292, 1364, 1366, 1406, 3140, 4025];
const MYSQL_CONFIG: readonly number[] = [1044, 1045, 1049, 1227, 1698];
/** Of its driver, whatever went wrong with TLS. */
const MYSQL_TLS: readonly string[] = ['HANDSHAKE_SSL_ERROR'];
/** Deadlocks and waits for locks that took too long. */
const MYSQL_BUSY: readonly number[] = [1040, 1205, 1213];

/** A table is not there. */
const MISSING_STATES = ['42S02', '42P01'];

/** What a driver threw, as an AppError: `RecordsRefused` for what is in the data. */
export function sqlError(thrown: unknown, where: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const refusal = certificateRefusal(thrown, isSystemError(thrown) ? [] : MYSQL_TLS);
  if (refusal !== null) return new AppError('invalid', `${where}: ${refusal}`, { cause: thrown });
  const message = `${where}: ${messageOf(thrown) || 'no connection'}`;
  const kind = kindOf(thrown);
  return kind === 'content'
    ? new RecordsRefused(message)
    : new AppError(kind, message, { cause: thrown });
}

/** Of what `sqlError` made: the table is not there, or not any more. */
export function isMissingTable(thrown: unknown): boolean {
  return thrown instanceof AppError && MISSING_STATES.includes(stateOf(thrown.cause));
}

function kindOf(thrown: unknown): ErrorKind | 'content' {
  const number = numberIn(thrown, 'errno');
  if (MYSQL_BUSY.includes(number)) return 'unavailable';
  if (MYSQL_CONTENT.includes(number)) return 'content';
  if (MYSQL_CONFIG.includes(number)) return 'invalid';
  const state = stateOf(thrown);
  if (!/^[0-9A-Z]{5}$/.test(state)) return 'unavailable';
  const group = state.slice(0, 2);
  if (CONTENT_CLASSES.includes(group)) return 'content';
  return CONFIG_CLASSES.includes(group) ? 'invalid' : 'unavailable';
}

function stateOf(thrown: unknown): string {
  return textIn(thrown, 'sqlState') || textIn(thrown, 'code');
}

/** A connection that broke, rather than what was said over it. */
function isSystemError(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown;
}

function textIn(thrown: unknown, name: 'sqlState' | 'code'): string {
  const value: unknown = thrown instanceof Error ? Reflect.get(thrown, name) : '';
  return typeof value === 'string' ? value : '';
}

function numberIn(thrown: unknown, name: 'errno'): number {
  const value: unknown = thrown instanceof Error ? Reflect.get(thrown, name) : 0;
  return typeof value === 'number' ? value : 0;
}
