import { AppError } from '../../kernel/errors.ts';

const PORT_DEFAULT = 6379;
const TIMEOUT_MS_DEFAULT = 5_000;

/** Where a server is, and as whom one comes in. */
export interface RedisPlace {
  /** redis://user:password@host:port/database, or rediss:// for TLS. */
  readonly url: string;
  /** In place of the one in the URL. */
  readonly password?: string;
  readonly tls?: {
    /** The certificate of the authority (PEM), where it is one of your own. */
    readonly ca?: string;
    /** False: any certificate will do. */
    readonly isVerified?: boolean;
  };
  /** So long an answer is waited for, and a connection. */
  readonly timeoutMs?: number;
}

/** What opens a connection; `address` is for messages, and has no password in it. */
export interface RedisTarget {
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly rejectUnauthorized: boolean; readonly ca?: string };
  readonly timeoutMs: number;
}

/** @throws AppError `invalid` for a URL that names no server of this kind. */
export function redisTarget(place: RedisPlace): RedisTarget {
  const { url, db } = parsed(place.url);
  const port = url.port === '' ? PORT_DEFAULT : Number(url.port);
  return {
    address: `${url.protocol}//${url.hostname}:${port}/${db}`,
    // A literal address of IPv6 stands in brackets.
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    ...{ port, db },
    ...given('username', decodeURIComponent(url.username)),
    ...given('password', place.password ?? decodeURIComponent(url.password)),
    ...(url.protocol === 'rediss:' ? { tls: tlsOf(place) } : {}),
    timeoutMs: place.timeoutMs ?? TIMEOUT_MS_DEFAULT,
  };
}

function parsed(text: string): { readonly url: URL; readonly db: number } {
  const url = URL.canParse(text) ? new URL(text) : null;
  const db = Number(url?.pathname.slice(1));
  const isRedis = url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== '';
  if (isRedis && Number.isSafeInteger(db) && db >= 0) return { url, db };
  throw new AppError('invalid', 'the URL of Redis must be redis:// or rediss://host:port/database');
}

function given<Name extends string>(name: Name, text: string): { readonly [_ in Name]?: string } {
  const found: { [_ in Name]?: string } = {};
  if (text !== '') found[name] = text;
  return found;
}

function tlsOf({ tls: { ca, isVerified = true } = {} }: RedisPlace) {
  return { rejectUnauthorized: isVerified, ...(ca === undefined ? {} : { ca }) };
}
