import { readServiceAddress } from '../../domain/service-address.ts';
import { AppError } from '../../kernel/errors.ts';
import { type Discovery, endpointAt } from './discovery.ts';

/**
 * Always the same instances.
 * @throws AppError `invalid` for what is no host:port.
 */
export function staticList(addresses: readonly string[]): Discovery {
  for (const address of addresses) {
    if (readServiceAddress(address) !== null) continue;
    throw new AppError('invalid', `${JSON.stringify(address)} is no address; write host:port`);
  }
  const endpoints = [...new Set(addresses)].map(endpointAt);
  return {
    follow: async (tell) => {
      tell(endpoints);
      return async () => undefined;
    },
  };
}
