import { errors } from 'undici';
import { UNKNOWN_AUTHORITY } from '../kernel/certificate-refusal.ts';
import { AppError, messageOf, systemCode } from '../kernel/errors.ts';

/** What failed, and how far it had come: enough to say it the way Go's `net/http` would. */
export interface FailedExchange {
  readonly method: string;
  readonly url: string;
  /** The request was given to a connection, so the other side may have it. */
  readonly sent: boolean;
  /** The head of an answer had come. */
  readonly answered: boolean;
}

/** System errors while connecting, in the words of Go's `dial`. */
const DIAL_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'connect: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
  EACCES: 'connect: permission denied',
  EADDRNOTAVAIL: 'connect: cannot assign requested address',
  EMFILE: 'socket: too many open files',
  UND_ERR_CONNECT_TIMEOUT: 'i/o timeout',
};

/** Errors whose words name no address. */
const WORDS: Readonly<Record<string, string>> = {
  EPROTO: 'tls: first record does not look like a TLS handshake',
  ERR_SSL_WRONG_VERSION_NUMBER: 'http: server gave HTTP response to HTTPS client',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'http: server gave HTTP response to HTTPS client',
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired',
  CERT_NOT_YET_VALID: 'tls: failed to verify certificate: x509: certificate is not yet valid',
  UND_ERR_HEADERS_OVERFLOW: 'server response headers are too long',
  UND_ERR_DESTROYED: 'the client is closed',
  UND_ERR_CLOSED: 'the client is closed',
};

/** AppError `unavailable` in words close to Go's: `Post "http://h:1/x": dial tcp h:1: ...`. */
export function goError(failed: FailedExchange, thrown: unknown): AppError {
  if (systemCode(thrown) === 'UND_ERR_INVALID_ARG') {
    return new AppError('invalid', `${operation(failed)}: ${messageOf(thrown)}`, { cause: thrown });
  }
  const reason = firstOf(thrown);
  return new AppError('unavailable', `${operation(failed)}: ${words(failed, reason)}`, {
    cause: thrown,
    details: { reached: failed.sent },
  });
}

/** The time is over. A request that no connection took was not sent, so nothing can have happened. */
export function timeoutError(failed: FailedExchange, timeoutMs: number): AppError {
  const details = { reached: failed.sent };
  if (failed.sent) {
    const message = `${operation(failed)}: no answer within ${timeoutMs} ms, outcome unknown`;
    return new AppError('timeout', message, { details });
  }
  const message = `${operation(failed)}: dial tcp ${hostPort(failed.url)}: i/o timeout`;
  return new AppError('unavailable', message, { details });
}

/** The caller gave up, and knows best what that means. */
export function abortedError(): AppError {
  return new AppError('unavailable', 'aborted');
}

export function tooLongError(failed: FailedExchange, bytesMax: number): AppError {
  const message = `${operation(failed)}: the answer is longer than ${bytesMax} bytes`;
  const details = { reached: true, answerBytesMax: bytesMax };
  return new AppError('unavailable', message, { details });
}

/** Whether the connection ended before an answer began: the fate of one that was idle too long. */
export function isLostConnection(thrown: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(systemCode(thrown) ?? '');
}

function words(failed: FailedExchange, reason: unknown): string {
  const code = systemCode(reason) ?? '';
  const dialled = failed.sent ? undefined : DIAL_WORDS[code];
  if (dialled !== undefined)
    return `dial tcp ${addressOf(reason) ?? hostPort(failed.url)}: ${dialled}`;
  return (
    lookupWords(code, failed.url) ??
    tlsWords(code) ??
    brokenWords(failed, code) ??
    WORDS[code] ??
    (reason instanceof errors.HTTPParserError ? 'malformed HTTP response: ' : '') +
      messageOf(reason)
  );
}

function tlsWords(code: string): string | null {
  if (!UNKNOWN_AUTHORITY.has(code)) return null;
  return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
}

function lookupWords(code: string, url: string): string | null {
  const host = new URL(url).hostname;
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: temporary failure in name resolution`;
  return null;
}

function brokenWords({ url, answered }: FailedExchange, code: string): string | null {
  if (code === 'ECONNRESET') return `read tcp ${hostPort(url)}: read: connection reset by peer`;
  if (code === 'EPIPE') return `write tcp ${hostPort(url)}: write: broken pipe`;
  if (code === 'ETIMEDOUT') return `read tcp ${hostPort(url)}: read: connection timed out`;
  if (code === 'UND_ERR_SOCKET' || code === 'HPE_INVALID_EOF_STATE') {
    return answered ? 'unexpected EOF' : 'EOF';
  }
  return null;
}

/** A host with several addresses fails with one error for each; Go tells the first. */
function firstOf(thrown: unknown): unknown {
  return thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
}

/** The address that was dialled, e.g. `127.0.0.1:80` or `[::1]:80`. */
function addressOf(reason: unknown): string | null {
  if (!(reason instanceof Error) || !('address' in reason) || !('port' in reason)) return null;
  const { address, port } = reason;
  if (typeof address !== 'string' || typeof port !== 'number') return null;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function hostPort(text: string): string {
  const url = new URL(text);
  if (url.port !== '') return url.host;
  return `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`;
}

/** `Post "http://h/x"`, without a user name or password that the URL may carry. */
function operation({ method, url }: FailedExchange): string {
  return `${method.charAt(0)}${method.slice(1).toLowerCase()} "${withoutCredentials(url)}"`;
}

function withoutCredentials(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
}
