import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { ClientTls } from './exchange.ts';

/** TLS wants a name that is no IP address; servers that have but one certificate do not look at it. */
const NAME_FOR_IPS = 'localhost';

interface GrpcTls {
  readonly credentials: ChannelCredentials;
  /** What the server is called in the handshake and in calls. */
  readonly options: Readonly<Record<string, string>>;
}

/**
 * How a channel of gRPC speaks TLS with that host, a name or an IP address without brackets. The
 * certificate has to be for it, or for `serverName`.
 */
export function grpcTls(
  host: string,
  { ca, cert, key, rejectUnauthorized, serverName }: ClientTls & { readonly serverName?: string },
): GrpcTls {
  const name = serverName ?? host;
  return {
    credentials: credentials.createSsl(bytesOf(ca), bytesOf(key), bytesOf(cert), {
      rejectUnauthorized: rejectUnauthorized !== false,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    }),
    options: nameOptions(host, serverName),
  };
}

function bytesOf(pem: ClientTls['ca']): Buffer | null {
  return pem === undefined ? null : Buffer.from([pem].flat().join('\n'));
}

function nameOptions(host: string, serverName: string | undefined): GrpcTls['options'] {
  if (serverName !== undefined) {
    return {
      'grpc.ssl_target_name_override': serverName,
      'grpc.default_authority': serverName,
    };
  }
  return isIP(host) === 0 ? {} : { 'grpc.ssl_target_name_override': NAME_FOR_IPS };
}
