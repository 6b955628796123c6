import { z } from 'zod';
import type { ClientTls } from '../../shared/client/exchange.ts';
import { option } from '../plugins/option.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What the client says itself about the body and the connection. */
const OWN_HEADERS: readonly string[] = [
  'content-length',
  'transfer-encoding',
  'content-encoding',
  'connection',
  'host',
];
const HEADERS_EXAMPLE = '{"X-Team": "infra"}';

type Headers = Readonly<Record<string, string>>;

const HeadersOption = z
  .string()
  .default('')
  .transform((text, context): Headers => {
    if (text.trim() === '') return {};
    const headers = headersOf(text);
    if (headers !== null) return headers;
    // The text is not repeated: a header may be a secret.
    context.addIssue(`must be a JSON object of header names and texts, e.g. ${HEADERS_EXAMPLE}`);
    return z.NEVER;
  });

const PemOption = z
  .string()
  .default('')
  .refine((text) => text.trim() === '' || text.includes('-----BEGIN '), {
    error: `must be the text of a PEM file; \${file:PATH} takes it from one`,
  });

/** Options of all plugins that speak HTTP: who one is, and whom one trusts. */
export const httpAccess = {
  auth_username: option.text('').describe('The user name of basic authentication.'),
  auth_password: option
    .text('')
    .describe(
      `The password that belongs to it; \${env:NAME} or \${file:PATH} keep it out of here.`,
    ),
  auth_token: option
    .text('')
    .describe('A token, sent as "Authorization: Bearer ..."; it comes before a user name.')
    .meta({ advanced: true }),
  headers: HeadersOption.describe('More headers, as a JSON object of texts.').meta({
    advanced: true,
    example: HEADERS_EXAMPLE,
  }),
  tls_ca: PemOption.describe(
    `Authorities to trust instead of the known ones, as PEM; \${file:PATH} reads a file.`,
  ).meta({ advanced: true }),
  tls_cert: PemOption.describe('The certificate to show, as PEM.').meta({ advanced: true }),
  tls_key: PemOption.describe('The private key of the certificate, as PEM.').meta({
    advanced: true,
  }),
  tls_insecure: option
    .flag(false)
    .describe('Trusts every certificate: for tests only.')
    .meta({ advanced: true }),
};

/** Those of them that are never shown. */
export const HTTP_SECRETS: readonly string[] = [
  'auth_password',
  'auth_token',
  'headers',
  'tls_key',
];

export interface HttpAccess {
  readonly auth_username: string;
  readonly auth_password: string;
  readonly auth_token: string;
  readonly headers: Headers;
  readonly tls_ca: string;
  readonly tls_cert: string;
  readonly tls_key: string;
  readonly tls_insecure: boolean;
}

/** What TLS has to be like; null: as everywhere in this program. */
export function tlsOf({ tls_ca, tls_cert, tls_key, tls_insecure }: HttpAccess): ClientTls | null {
  if (tls_ca === '' && tls_cert === '' && tls_key === '' && !tls_insecure) return null;
  return {
    ...(tls_ca !== '' && { ca: tls_ca }),
    ...(tls_cert !== '' && { cert: tls_cert }),
    ...(tls_key !== '' && { key: tls_key }),
    ...(tls_insecure && { rejectUnauthorized: false }),
  };
}

function headersOf(text: string): Headers | null {
  const entries = entriesOf(text);
  if (entries === null) return null;
  const headers: Record<string, string> = {};
  for (const [name, value] of entries) {
    if (typeof value !== 'string' || !TOKEN.test(name) || !VALUE.test(value)) return null;
    if (OWN_HEADERS.includes(name.toLowerCase())) return null;
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function entriesOf(text: string): [string, unknown][] | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.entries(value);
  } catch {
    return null;
  }
}
