import { type ChannelCredentials, credentials, ServerCredentials } from '@grpc/grpc-js';
import { grpcTls } from '../../client/grpc-tls.ts';
import { asPoolTls, type ClientTls } from '../client-tls.ts';
import { parseAddress } from '../parse-address.ts';
import type { ServerTls } from '../server-tls.ts';

interface Security {
  readonly credentials: ChannelCredentials;
  readonly options: Readonly<Record<string, string>>;
}

export function channelSecurity(address: string, tls: ClientTls | null): Security {
  if (tls === null) return { credentials: credentials.createInsecure(), options: {} };
  return grpcTls(parseAddress(address).host, asPoolTls(tls));
}

export function serverCredentials(tls: ServerTls | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls;
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  const ca = clientCa === undefined ? null : Buffer.from(clientCa);
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}
