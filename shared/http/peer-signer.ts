import { randomBytes } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { signRequest } from './peer-signature.ts';

/** Makes the headers that prove to a peer who asks; none when the cluster has no secret. */
export type PeerSigner = (
  method: string,
  pathAndQuery: string,
  body: string | Uint8Array,
) => Record<string, string>;

/** `secret` is `cluster.secret`, or '' when there is none. */
export function peerSigner(secret: string, clock: Clock): PeerSigner {
  if (secret === '') return () => ({});
  return (method, pathAndQuery, body) => ({
    authorization: signRequest(
      secret,
      { method, pathAndQuery, body },
      { nowS: Math.floor(clock.now() / 1000), nonce: randomBytes(16).toString('hex') },
    ),
  });
}
