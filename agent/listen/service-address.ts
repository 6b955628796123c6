import { parseBindHost } from '../../shared/config/bind-host.ts';
import { AppError, type ErrorKind, messageOf, systemCode } from '../../shared/kernel/errors.ts';

/** Where a reader listens; `host` '' means every interface. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** Of `host:port`, `[v6]:port` or `:port`; null when the text is none of them. */
export function serviceAddress(text: string): ServiceAddress | null {
  return parseBindHost(text);
}

const REASONS: ReadonlyMap<string | undefined, readonly [ErrorKind, string]> = new Map([
  ['EADDRINUSE', ['conflict', 'the address is already in use; stop the other program']],
  ['EACCES', ['forbidden', 'permission denied; choose a port of 1024 or more, or another folder']],
  ['EADDRNOTAVAIL', ['invalid', 'this machine has no such address']],
  ['ENOTFOUND', ['invalid', 'the host name is unknown']],
]);

/** Says why a reader cannot listen, in words for whoever wrote its configuration. */
export function cannotListen(where: string, cause: unknown): AppError {
  const [kind, why] = REASONS.get(systemCode(cause)) ?? ['unavailable', messageOf(cause)];
  return new AppError(kind, `cannot listen on ${where}: ${why}`, { cause });
}
