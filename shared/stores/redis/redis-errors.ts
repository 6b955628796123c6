import { AppError, messageOf } from '../../kernel/errors.ts';

/** Of a server that will be well again, or is not the one that takes writes at present. */
const TRANSIENT =
  /^(LOADING|BUSY|TRYAGAIN|MOVED|ASK|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|UNBLOCKED)\b/;
/** Of a database that is not there; clusters have one only. */
const NO_DATABASE = /^ERR (SELECT is not allowed|DB index)/;
const REFUSED = /^(NOAUTH|WRONGPASS|NOPERM)\b/;

/** An answer that says no, in contrast to none. */
export function isReply(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'ReplyError';
}

/** The first word of an answer that says no; empty: there was no such answer. */
export function replyCode(thrown: unknown): string {
  return isReply(thrown) ? (/^[A-Z_]+/.exec(thrown.message)?.[0] ?? '') : '';
}

/** What the server said, in the words of the project. */
export function replyError(address: string, thrown: Error): AppError {
  const { message } = thrown;
  const said = new Map([
    ['READONLY', 'it is a replica, which takes no writes: name the master'],
    ['MOVED', 'its cluster has given the keys to another node, which is asked from now on'],
    ['ASK', 'its cluster is just giving the keys to another node'],
    ['TRYAGAIN', 'its cluster is just giving the keys to another node'],
    ['LOADING', 'it is still reading its data'],
    ['OOM', 'its memory is used up (maxmemory)'],
    ['MISCONF', 'it cannot save to its disk, and takes no writes until it can'],
  ]).get(replyCode(thrown));
  const text = said === undefined ? message : `${said} (${message})`;
  return new AppError(kindOf(message), `${address}: ${text}`, { cause: thrown });
}

function kindOf(message: string) {
  if (TRANSIENT.test(message)) return 'unavailable';
  if (NO_DATABASE.test(message)) return 'invalid';
  return REFUSED.test(message) ? 'forbidden' : 'internal';
}

/** It was certainly not asked. */
export function awayError(address: string, cause: unknown): AppError {
  return new AppError('unavailable', `${address} is not connected: ${messageOf(cause)}`, { cause });
}

/** It was asked, and nobody knows what it did. */
export function unansweredError(address: string, cause: unknown): AppError {
  return new AppError(
    'timeout',
    `${address} gave no answer (${messageOf(cause)}): what was asked may have been done`,
    { cause },
  );
}
