import { AppError, type ErrorKind, messageOf, systemCode } from '../kernel/errors.ts';

/** Where a server was to listen; `from` and `to` are the same for a single port. */
export interface ListenAddress {
  readonly host: string;
  readonly from: number;
  readonly to: number;
  /** What the person who is to set it knows it as. */
  readonly option: string;
}

interface Reason {
  readonly kind: ErrorKind;
  readonly text: (option: string) => string;
}

const HOST_UNKNOWN: Reason = {
  kind: 'invalid',
  text: (option) => `the host name is unknown; set ${option} to an IP address`,
};

const REASONS: ReadonlyMap<string | undefined, Reason> = new Map([
  [
    'EADDRINUSE',
    {
      kind: 'conflict',
      text: (option) => `address already in use; stop the other program or set ${option}`,
    },
  ],
  [
    'EACCES',
    {
      kind: 'forbidden',
      text: (option) => `permission denied; set ${option} to a port of 1024 or more`,
    },
  ],
  [
    'EADDRNOTAVAIL',
    {
      kind: 'invalid',
      text: (option) =>
        `this machine has no such address; set ${option} to one of its own, or leave the host out`,
    },
  ],
  ['ENOTFOUND', HOST_UNKNOWN],
  ['EAI_AGAIN', HOST_UNKNOWN],
]);

/** Says why a server cannot listen, to the person who wrote the configuration. */
export function listenError(cause: unknown, address: ListenAddress): AppError {
  const { host, from, to, option } = address;
  const name = host.includes(':') ? `[${host}]` : host;
  const where = from === to ? `${name}:${from}` : `${name}:${from} to ${to}`;
  const { kind, text } = REASONS.get(systemCode(cause)) ?? {
    kind: 'internal',
    text: () => messageOf(cause),
  };
  return new AppError(kind, `cannot listen on ${where}: ${text(option)}`, { cause });
}
