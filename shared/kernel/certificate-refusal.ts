import { messageOf, systemCode } from './errors.ts';

/** By which Node says that nobody whom it trusts has signed a certificate. */
export const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const OTHER_REASONS: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * Why the certificate of a server is not accepted, and what would be; null: that is not what is
 * wrong. `codes`: by which a driver says so, where it puts its own into the place of Node's.
 */
export function certificateRefusal(thrown: unknown, codes: readonly string[] = []): string | null {
  const code = systemCode(thrown) ?? '';
  const isOne = UNKNOWN_AUTHORITY.has(code) || OTHER_REASONS.has(code) || codes.includes(code);
  if (!isOne) return null;
  return (
    `its certificate is not accepted: ${messageOf(thrown)}; "verify" takes one for the name of the ` +
    'server, of an authority that is known or in the file that the option ..._tls_ca names'
  );
}
