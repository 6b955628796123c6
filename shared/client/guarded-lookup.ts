import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

type AllowsAddress = (ip: string) => boolean;

/**
 * A name look-up that fails when any address behind the name is not allowed: a name that somebody
 * else controls must not lead to where an address would be refused. Addresses that are written out
 * are not looked up; whoever calls checks those.
 */
export function guardedLookup(allows: AllowsAddress): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    lookup(hostname, all, (error, addresses) => {
      const problem = error ?? refusalOf(hostname, addresses, allows);
      const [first] = addresses;
      if (problem !== null) callback(problem, '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

function refusalOf(
  hostname: string,
  addresses: readonly LookupAddress[],
  allows: AllowsAddress,
): Error | null {
  const refused = addresses.find(({ address }) => !allows(address));
  if (refused === undefined) return null;
  return new Error(`${hostname} leads to ${refused.address}, which cluster.allow does not allow`);
}
