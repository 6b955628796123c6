import { BlockList, isIP } from 'node:net';
import { AppError } from '../../shared/kernel/errors.ts';

/** Networks nobody keeps an agent in, and where a forged registration could do harm. */
const REFUSED_NETWORKS: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
  ['::', 128],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  ['ff00::', 8],
  // 169.254.0.0/16 and 100.100.100.200 seen through NAT64.
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b::6464:64c8', 128],
];
const REFUSED_NAMES: readonly string[] = ['metadata.google.internal', 'metadata.goog'];
const WHY_REFUSED = 'it is a link-local, metadata, multicast or unspecified address';

interface Target {
  /** Lower case, without brackets and a trailing dot; addresses in their normal spelling. */
  readonly host: string;
  /** Written or implied by the scheme. */
  readonly port: string;
}

interface Pattern {
  /** Undefined: any port. */
  readonly port: string | undefined;
  matches(host: string): boolean;
  /** Whether it names addresses rather than names. */
  readonly isNetwork: boolean;
}

/**
 * Which urls the master may call: anybody who reaches its port can register any url, and the
 * master must not become a way into places that its callers cannot reach themselves.
 *
 * `allow` lists hosts (`web-1`), all hosts below a domain (`*.example.com`), addresses and
 * networks (`10.0.0.0/8`, `fd00::/8`), each with an optional `:port` (brackets around IPv6 then).
 * With a list, exactly these may be called; without one, everything but link-local, metadata,
 * multicast and unspecified addresses.
 */
export class CallPolicy {
  readonly #allow: readonly Pattern[];
  readonly #refused = networks(REFUSED_NETWORKS);

  /** @throws AppError `invalid` that names the pattern which cannot be read. */
  constructor(allow: readonly string[]) {
    this.#allow = allow.map(parsePattern);
  }

  /** Why this url may not be called, or null when it may. */
  refusal(url: string): string | null {
    const target = targetOf(url);
    if (target === null) return `calling ${url} is refused: it is no http(s) URL`;
    if (this.#allow.length > 0) {
      const allowed = this.#allow.some((pattern) => allows(pattern, target));
      return allowed ? null : `calling ${url} is refused: cluster.allow does not list it`;
    }
    const refused = REFUSED_NAMES.includes(target.host) || holds(this.#refused, target.host);
    return refused ? `calling ${url} is refused: ${WHY_REFUSED}; cluster.allow can list it` : null;
  }

  /**
   * Whether a connection may be opened to this address, whatever name led to it: the check for a
   * client's look-up, so that no name points the master where `refusal` would not let it go.
   */
  allowsAddress(address: string): boolean {
    const host = address.replace(/%.*$/, '');
    if (isIP(host) === 0) return false;
    return !holds(this.#refused, host) || this.#allow.some((p) => p.isNetwork && p.matches(host));
  }
}

function targetOf(url: string): Target | null {
  const parsed = URL.parse(url);
  if (parsed === null) return null;
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return null;
  const implied = parsed.protocol === 'http:' ? '80' : '443';
  return { host: bare(parsed.hostname), port: parsed.port === '' ? implied : parsed.port };
}

function allows(pattern: Pattern, { host, port }: Target): boolean {
  return (pattern.port === undefined || pattern.port === port) && pattern.matches(host);
}

const WITH_PORT = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d{1,5}))?$/;

function parsePattern(text: string): Pattern {
  const isBareV6 = text.includes('::') || text.split(':').length > 2;
  const parts = isBareV6 && !text.startsWith('[') ? { v6: text } : WITH_PORT.exec(text)?.groups;
  const host = parts?.['v6'] ?? parts?.['host'];
  if (host === undefined) throw badPattern(text);

  return { port: parts?.['port'], ...hostMatcher(host, text) };
}

function hostMatcher(host: string, text: string): Omit<Pattern, 'port'> {
  const [address = '', prefix, ...rest] = host.split('/');
  const version = isIP(address);
  if (version !== 0) {
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    const isPrefix = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (rest.length > 0 || !isPrefix || length > bits) throw badPattern(text);
    const list = networks([[address, length]]);
    return { isNetwork: true, matches: (candidate) => holds(list, candidate) };
  }
  if (host.startsWith('*.')) {
    const domain = `.${hostName(host.slice(2), text)}`;
    return { isNetwork: false, matches: (candidate) => candidate.endsWith(domain) };
  }
  const name = hostName(host, text);
  return { isNetwork: false, matches: (candidate) => candidate === name };
}

/** A name in the spelling that URL gives it, so that it compares with what is called. */
function hostName(text: string, pattern: string): string {
  const url = /^[^\s*/?#@\\:[\]]+$/.test(text) ? URL.parse(`http://${text}`) : null;
  if (url === null) throw badPattern(pattern);
  return bare(url.hostname);
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function networks(list: readonly (readonly [network: string, prefix: number])[]): BlockList {
  const blocks = new BlockList();
  for (const [network, prefix] of list) {
    blocks.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  }
  return blocks;
}

/** BlockList sees an IPv4 address inside an IPv4-mapped IPv6 one. */
function holds(blocks: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && blocks.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

function badPattern(text: string): AppError {
  return new AppError(
    'invalid',
    `cluster.allow: ${JSON.stringify(text)} is no host pattern; write a host, *.domain, an address ` +
      'or a network such as 10.0.0.0/8, each with an optional :port',
  );
}
