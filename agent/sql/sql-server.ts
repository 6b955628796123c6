import type { ServerTls } from '../plugins/server-tls.ts';

/** Where a database is, and as whom one comes in. */
export interface SqlServer extends ServerTls {
  readonly host: string;
  readonly port: number;
  /** A Unix socket in place of host and port; empty: none. */
  readonly socketPath: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** What a person knows the server by: nothing secret. */
export function addressOf({ host, port, socketPath, database }: SqlServer): string {
  return `${socketPath === '' ? `${host}:${port}` : socketPath}/${database}`;
}
