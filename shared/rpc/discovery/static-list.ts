import { parseAddress } from '../parse-address.ts';
import { type Discovery, endpointAt } from './discovery.ts';

/**
 * Always the same instances.
 * @throws AppError `invalid` for what is no host:port.
 */
export function staticList(addresses: readonly string[]): Discovery {
  for (const address of addresses) parseAddress(address);
  const endpoints = [...new Set(addresses)].map(endpointAt);
  return {
    follow: async (tell) => {
      tell(endpoints);
      return async () => undefined;
    },
  };
}
