import { readServiceAddress, type ServiceAddress } from '../domain/service-address.ts';
import { AppError } from '../kernel/errors.ts';

/** @throws AppError `invalid` for what is no host:port. */
export function parseAddress(address: string): ServiceAddress {
  const read = readServiceAddress(address);
  if (read !== null) return read;
  throw new AppError('invalid', `"${address}" is not an address; host:port would be one`);
}
