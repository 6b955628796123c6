import { z } from 'zod';

const PORT_MAX = 65_535;
const Ipv4 = z.ipv4();
const Ipv6 = z.ipv6();
/** Also names with an underscore, which container networks give. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62}(?<!-))(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}(?<!-)))*\.?$/i;
const PARTS = /^(?:\[([^\]]*)\]|([^:]*)):([1-9]\d{0,4})$/;

export interface ServiceAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, where a literal address of IPv6 stands in brackets. Null: it is none. */
export function readServiceAddress(text: string): ServiceAddress | null {
  const [, v6, host = v6 ?? '', digits] = PARTS.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > PORT_MAX) return null;
  const isHost = v6 === undefined ? isNameOrIpv4(host) : Ipv6.safeParse(v6).success;
  return isHost ? { host, port } : null;
}

function isNameOrIpv4(host: string): boolean {
  // What ends in a number is an address, or a mistyped one.
  return /(?:^|\.)\d+\.?$/.test(host) ? Ipv4.safeParse(host).success : HOST_NAME.test(host);
}
