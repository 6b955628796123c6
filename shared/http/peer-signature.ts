import { createHmac, hash, timingSafeEqual } from 'node:crypto';

const SCHEME = 'LOGKIT-HMAC-SHA256';
const HEADER = /^LOGKIT-HMAC-SHA256 ts=(\d{1,12}),nonce=([0-9a-f]{16,64}),sig=([0-9a-f]{64})$/;

/** The request as it goes over the wire; `pathAndQuery` is the request target, percent-encoded. */
export interface SignedRequest {
  readonly method: string;
  readonly pathAndQuery: string;
  readonly body: string | Uint8Array;
}

/** When a request was signed, and a number (16 to 64 hex digits) that no other request carries. */
export interface SignatureStamp {
  /** Unix seconds. */
  readonly nowS: number;
  readonly nonce: string;
}

export interface PeerSignature extends SignatureStamp {
  /** Lower-case hex. */
  readonly sig: string;
}

/** The value of the `Authorization` header that proves knowledge of the secret for one request. */
export function signRequest(secret: string, request: SignedRequest, stamp: SignatureStamp): string {
  const sig = signatureOf(secret, request, stamp).toString('hex');
  return `${SCHEME} ts=${stamp.nowS},nonce=${stamp.nonce},sig=${sig}`;
}

/** Reads an `Authorization` header; null when it is no peer's signature. */
export function parseSignature(authorization: string): PeerSignature | null {
  const [, ts, nonce, sig] = HEADER.exec(authorization) ?? [];
  if (ts === undefined || nonce === undefined || sig === undefined) return null;
  return { nowS: Number(ts), nonce, sig };
}

/** Whether this signature is the secret's for this request; it takes as long either way. */
export function isSignedWith(
  secret: string,
  request: SignedRequest,
  signature: PeerSignature,
): boolean {
  return timingSafeEqual(
    signatureOf(secret, request, signature),
    Buffer.from(signature.sig, 'hex'),
  );
}

function signatureOf(
  secret: string,
  { method, pathAndQuery, body }: SignedRequest,
  { nowS, nonce }: SignatureStamp,
): Buffer {
  const bodyHash = hash('sha256', body, 'hex');
  return createHmac('sha256', secret)
    .update(`${method}\n${pathAndQuery}\n${nowS}\n${nonce}\n${bodyHash}`)
    .digest();
}
