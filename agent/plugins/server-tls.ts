import { readFile } from 'node:fs/promises';
import { option } from './option.ts';

const TLS_CHOICES = ['off', 'verify', 'skip_verify'] as const;

/** Whether a connection to a server is encrypted, and what the server has to show. */
export interface ServerTls {
  /** How much of its certificate is checked; `off`: no TLS at all. */
  readonly tls: (typeof TLS_CHOICES)[number];
  /** Path of a file of PEM; empty: the authorities that Node knows. */
  readonly tlsCa: string;
}

export function tlsOption() {
  return option
    .choice(TLS_CHOICES)
    .describe('"verify": TLS, with a certificate for this name; "skip_verify": with any.')
    .meta({ advanced: true });
}

export function tlsCaOption() {
  return option
    .text('')
    .describe('A file with the certificate of the authority, where it is one of your own.')
    .meta({ advanced: true });
}

export interface SocketTls {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
}

/** What the connection's socket is told; null: it stays plain. */
export async function tlsOptions({ tls, tlsCa }: ServerTls): Promise<SocketTls | null> {
  if (tls === 'off') return null;
  const ca = tlsCa === '' ? {} : { ca: await readFile(tlsCa, 'utf8') };
  return { rejectUnauthorized: tls === 'verify', ...ca };
}
