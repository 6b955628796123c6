import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { type ChannelCredentials, credentials, ServerCredentials } from '@grpc/grpc-js';
import type { ClientTls } from '../client-tls.ts';
import { parseAddress } from '../parse-address.ts';
import type { ServerTls } from '../server-tls.ts';

/** TLS wants a name that is no IP address; servers that have but one certificate do not look at it. */
const NAME_FOR_IPS = 'localhost';

export function channelCredentials(address: string, tls: ClientTls | null): ChannelCredentials {
  if (tls === null) return credentials.createInsecure();
  const bytes = (pem: string | null | undefined) => (pem == null ? null : Buffer.from(pem));
  const name = tls.serverName ?? parseAddress(address).host;
  return credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert), {
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  });
}

/** What the server is called in the handshake and in calls. */
export function nameOptions(address: string, tls: ClientTls | null): Record<string, string> {
  if (tls === null) return {};
  const { serverName } = tls;
  if (serverName !== undefined) {
    return {
      'grpc.ssl_target_name_override': serverName,
      'grpc.default_authority': serverName,
    };
  }
  if (isIP(parseAddress(address).host) === 0) return {};
  return { 'grpc.ssl_target_name_override': NAME_FOR_IPS };
}

export function serverCredentials(tls: ServerTls | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls;
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  const ca = clientCa === undefined ? null : Buffer.from(clientCa);
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}
