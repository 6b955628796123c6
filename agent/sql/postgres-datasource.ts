import type { SqlServer } from './sql-server.ts';

const PORT_DEFAULT = '5432';
/** `key=value` or `key='value with blanks'`, with backslashes before quotes. */
const PAIR = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/gy;
const TLS_BY_MODE: Readonly<Record<string, SqlServer['tls']>> = {
  require: 'skip_verify',
  'verify-ca': 'verify',
  'verify-full': 'verify',
};

/**
 * Reads `host=localhost port=5432 user=u password=p sslmode=verify-full` or
 * `postgres://user:password@host:port/database?sslmode=require`; null when it is neither.
 */
export function postgresServer(text: string): SqlServer | null {
  return /^postgres(ql)?:\/\//.test(text) ? fromUrl(text) : fromPairs(text);
}

function fromUrl(text: string): SqlServer | null {
  const url = URL.parse(text);
  if (url === null) return null;
  try {
    return serverOf({
      ...Object.fromEntries(url.searchParams),
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      dbname: decodeURIComponent(url.pathname.slice(1)),
    });
  } catch {
    return null;
  }
}

function fromPairs(text: string): SqlServer | null {
  const pairs: Record<string, string> = {};
  let end = 0;
  for (const [pair, key = '', quoted, plain = ''] of text.matchAll(PAIR)) {
    pairs[key] = quoted?.replace(/\\(.)/gs, '$1') ?? plain;
    end += pair.length;
  }
  if (end === 0 || text.slice(end).trim() !== '') return null;
  return serverOf(pairs);
}

type Pairs = Readonly<Record<string, string | undefined>>;

function serverOf(pairs: Pairs): SqlServer {
  const given = (name: string, fallback: string): string => {
    const value = pairs[name] ?? '';
    return value === '' ? fallback : value;
  };
  return {
    host: given('host', '127.0.0.1'),
    port: Number(given('port', PORT_DEFAULT)),
    socketPath: '',
    user: given('user', 'postgres'),
    password: given('password', ''),
    database: given('dbname', ''),
    tls: TLS_BY_MODE[given('sslmode', '')] ?? 'off',
    tlsCa: given('sslrootcert', ''),
  };
}
