import { AppError } from '../../kernel/errors.ts';

const PORT_DEFAULT = 6379;
const TIMEOUT_MS_DEFAULT = 5_000;
/** Whatever comes before the hosts, the hosts, and what comes behind them. */
const PARTS = /^([^/]*\/\/(?:.*@)?)([^/@]*)(\/.*)?$/;

/** Where a server is, and as whom one comes in. */
export interface RedisPlace {
  /** redis://user:password@host:port/database, or rediss:// for TLS; of a cluster several hosts. */
  readonly url: string;
  /** In place of the one in the URL. */
  readonly password?: string;
  readonly tls?: {
    /** The certificate of the authority (PEM), where it is one of your own. */
    readonly ca?: string;
    /** What is shown to a server that asks for a certificate (PEM), and its key. */
    readonly cert?: string;
    readonly key?: string;
    /** False: any certificate will do. */
    readonly isVerified?: boolean;
  };
  /** So long an answer is waited for, and a connection. */
  readonly timeoutMs?: number;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** What opens a connection; `address` is for messages, and has no password in it. */
export interface RedisTarget {
  readonly address: string;
  /** Any one of them; each knows where in its cluster what is asked for lies. */
  readonly nodes: readonly RedisNode[];
  readonly db: number;
  /** As the client takes it. */
  readonly access: {
    readonly username?: string;
    readonly password?: string;
    readonly tls?: Omit<NonNullable<RedisPlace['tls']>, 'isVerified'> & {
      readonly rejectUnauthorized: boolean;
    };
  };
  readonly timeoutMs: number;
}

/** @throws AppError `invalid` for a URL that names no server of this kind. */
export function redisTarget(place: RedisPlace): RedisTarget {
  const [first, ...others] = urlsOf(place.url);
  const { protocol, username, password } = first;
  const [db, urls] = [databaseOf(first), [first, ...others]];
  const hosts = urls.map(({ hostname, port }) => `${hostname}:${port || PORT_DEFAULT}`);
  return {
    address: `${protocol}//${hosts.join(',')}/${db}`,
    nodes: urls.map(({ hostname, port }) => ({
      // A literal address of IPv6 stands in brackets.
      host: hostname.replaceAll(/[[\]]/g, ''),
      port: Number(port || PORT_DEFAULT),
    })),
    db,
    access: {
      ...given('username', decodeURIComponent(username)),
      ...given('password', place.password ?? decodeURIComponent(password)),
      ...(protocol === 'rediss:' ? { tls: tlsOf(place) } : {}),
    },
    timeoutMs: place.timeoutMs ?? TIMEOUT_MS_DEFAULT,
  };
}

/** Of one of its nodes. */
export function nodeAddress({ access, db }: RedisTarget, { host, port }: RedisNode): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${access.tls === undefined ? 'redis' : 'rediss'}://${name}:${port}/${db}`;
}

/** One a host. */
function urlsOf(text: string): [URL, ...URL[]] {
  const [, start = '', hosts = '', end = ''] = PARTS.exec(text) ?? [];
  const [first, ...others] = hosts.split(',').map((host) => urlOf(`${start}${host.trim()}${end}`));
  if (first === undefined) throw notRedis();
  return [first, ...others];
}

function urlOf(text: string): URL {
  if (!URL.canParse(text)) throw notRedis();
  const url = new URL(text);
  if (!/^rediss?:$/.test(url.protocol) || url.hostname === '') throw notRedis();
  return url;
}

function databaseOf({ pathname }: URL): number {
  const db = Number(pathname.slice(1));
  if (Number.isSafeInteger(db) && db >= 0) return db;
  throw notRedis();
}

function notRedis(): AppError {
  return new AppError(
    'invalid',
    'the URL of Redis must be redis:// or rediss://host:port/database (of a cluster: host:port,host:port)',
  );
}

function given<Name extends string>(name: Name, text: string): { readonly [_ in Name]?: string } {
  const found: { [_ in Name]?: string } = {};
  if (text !== '') found[name] = text;
  return found;
}

function tlsOf({ tls: { isVerified = true, ...texts } = {} }: RedisPlace) {
  return { rejectUnauthorized: isVerified, ...texts };
}
