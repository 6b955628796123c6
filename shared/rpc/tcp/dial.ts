import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientTls } from '../client-tls.ts';
import { parseAddress } from '../parse-address.ts';

/** Begins to connect; `onOpen`: it may be written to. */
export function dial(address: string, tls: ClientTls | null, onOpen: () => void): Socket {
  const { host, port } = parseAddress(address);
  if (tls === null) return connect({ host, port, noDelay: true }, onOpen);
  const { ca, cert, key, serverName } = tls;
  // Names of the server's certificate may not be addresses, which are looked for elsewhere in it.
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  const socket = connectTls(
    {
      ...{ host, port, minVersion: 'TLSv1.2' as const },
      ...(ca === null ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(name === undefined ? {} : { servername: name }),
    },
    onOpen,
  );
  return socket.setNoDelay(true);
}
