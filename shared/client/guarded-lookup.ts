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
      if (error !== null) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => !allows(address));
      if (refused !== undefined) return callback(refusal(hostname, refused), '', 0);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      return callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

function refusal(hostname: string, { address }: LookupAddress): NodeJS.ErrnoException {
  return new Error(`${hostname} leads to ${address}, which cluster.allow does not allow`);
}
