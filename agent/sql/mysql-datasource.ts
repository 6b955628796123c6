import type { SqlServer } from './sql-server.ts';

const PORT_DEFAULT = 3306;
/** As the drivers of Go write it: `user:password@tcp(host:port)/database?tls=true`. */
const GO_DATASOURCE =
  /^(?:(?<login>.*)@)?(?:(?<protocol>tcp|unix)?\((?<address>[^)]*)\))?\/?(?<database>[^/?]*)(?:\?(?<query>.*))?$/s;
const TLS_BY_WORD: Readonly<Record<string, SqlServer['tls']>> = {
  true: 'verify',
  'skip-verify': 'skip_verify',
  preferred: 'skip_verify',
};

/**
 * Reads `user:password@tcp(host:port)/database` or `mysql://user:password@host:port/database`; null
 * when it is neither. The database is empty when none is named.
 */
export function mysqlServer(text: string): SqlServer | null {
  return /^(mysql|mariadb):\/\//.test(text) ? fromUrl(text) : fromGo(text);
}

function fromUrl(text: string): SqlServer | null {
  const url = URL.parse(text);
  if (url === null) return null;
  try {
    return {
      host: url.hostname === '' ? '127.0.0.1' : url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? PORT_DEFAULT : Number(url.port),
      socketPath: '',
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
      ...tlsOf(url.searchParams),
    };
  } catch {
    return null;
  }
}

function fromGo(text: string): SqlServer | null {
  const parts = GO_DATASOURCE.exec(text)?.groups;
  if (parts === undefined) return null;
  const { login, protocol, address, database = '', query } = parts;
  if (login === undefined && address === undefined) return null;
  const place = address ?? '';
  const isSocket = protocol === 'unix';
  return {
    ...placeOf(isSocket ? '' : place),
    socketPath: isSocket ? place : '',
    ...loginOf(login ?? ''),
    database,
    ...tlsOf(new URLSearchParams(query)),
  };
}

function placeOf(address: string): Pick<SqlServer, 'host' | 'port'> {
  const [, host = '', port = ''] = /^(.*?)(?::(\d{1,5}))?$/.exec(address) ?? [];
  return {
    host: host === '' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''),
    port: port === '' ? PORT_DEFAULT : Number(port),
  };
}

function loginOf(login: string): Pick<SqlServer, 'user' | 'password'> {
  const colon = login.indexOf(':');
  if (colon === -1) return { user: login, password: '' };
  return { user: login.slice(0, colon), password: login.slice(colon + 1) };
}

function tlsOf(parameters: URLSearchParams): Pick<SqlServer, 'tls' | 'tlsCa'> {
  const word = parameters.get('tls') ?? '';
  return { tls: TLS_BY_WORD[word] ?? 'off', tlsCa: parameters.get('tls_ca') ?? '' };
}
