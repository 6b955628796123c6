import { networkInterfaces } from 'node:os';

const ANY_HOST: readonly string[] = ['', '0.0.0.0', '::', '[::]'];

/** A URL that this machine's server can be opened at from here, or from outside. */
export function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The host to tell others: the one that is listened on, or this machine's first address that is not
 * loopback when that is "all interfaces". A machine with none tells 127.0.0.1.
 */
export function hostForOthers(boundHost: string): string {
  if (!ANY_HOST.includes(boundHost)) return boundHost;
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const outside = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return outside?.address ?? '127.0.0.1';
}

/** Whether only programs of this machine can reach a server on this host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
