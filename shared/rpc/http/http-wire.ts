import { AppError } from '../../kernel/errors.ts';
import type { Codec } from '../transport.ts';

/** `POST /rpc/package.Service/Method` is a call. */
export const PATH_PREFIX = '/rpc/';
export const TIMEOUT_HEADER = 'x-timeout-ms';
const METADATA_PREFIX = 'rpc-meta-';

export const CONTENT_TYPES: Readonly<Record<Codec, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

type Metadata = Readonly<Record<string, string>>;
type Headers = Readonly<Record<string, string | string[] | undefined>>;

const NO_METADATA: Metadata = Object.freeze({});
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** Null: it is none that calls have. Its parameters (a charset) say nothing here. */
export function codecOf(contentType: string | string[] | undefined): Codec | null {
  if (typeof contentType !== 'string') return null;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.json) return 'json';
  return type === CONTENT_TYPES.protobuf ? 'protobuf' : null;
}

/** @throws AppError `invalid` */
export function metadataHeaders(metadata: Metadata, bytesMax: number): Record<string, string> {
  const headers: Record<string, string> = {};
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) {
    if (!HEADER_NAME.test(key)) {
      throw new AppError(
        'invalid',
        `"${key}" is no key of metadata; a word in lower case would be`,
      );
    }
    // Anything but plain characters is escaped, as in a URL.
    const text = encodeURI(value.toWellFormed());
    headers[METADATA_PREFIX + key] = text;
    bytes += key.length + text.length;
  }
  if (bytes > bytesMax) {
    throw new AppError('invalid', `the metadata has ${bytes} bytes; ${bytesMax} are allowed`);
  }
  return headers;
}

export function metadataOf(headers: Headers): Metadata {
  let own: Record<string, string> | null = null;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || !name.startsWith(METADATA_PREFIX)) continue;
    own ??= {};
    own[name.slice(METADATA_PREFIX.length)] = unescaped(value);
  }
  return own ?? NO_METADATA;
}

function unescaped(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
