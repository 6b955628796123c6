import { readFile } from 'node:fs/promises';

/** How much of a server's certificate is checked; `off`: no TLS at all. */
export const TLS_CHOICES = ['off', 'verify', 'skip_verify'] as const;
export type TlsChoice = (typeof TLS_CHOICES)[number];

/** Where a database is, and as whom one comes in. */
export interface SqlServer {
  readonly host: string;
  readonly port: number;
  /** A Unix socket in place of host and port; empty: none. */
  readonly socketPath: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: TlsChoice;
  /** Path of a file of PEM; empty: the authorities that Node knows. */
  readonly tlsCa: string;
}

/** What a person knows the server by: nothing secret. */
export function addressOf({ host, port, socketPath, database }: SqlServer): string {
  return `${socketPath === '' ? `${host}:${port}` : socketPath}/${database}`;
}

interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
}

/** What the connection's socket is told; null: it stays plain. */
export async function tlsOptions({ tls, tlsCa }: SqlServer): Promise<TlsOptions | null> {
  if (tls === 'off') return null;
  const ca = tlsCa === '' ? {} : { ca: await readFile(tlsCa, 'utf8') };
  return { rejectUnauthorized: tls === 'verify', ...ca };
}
