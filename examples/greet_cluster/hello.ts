import { join } from 'node:path';
import { AppError, loadServices, type ServiceDefinition } from '../../shared/rpc/library.ts';

export const SERVICE = 'GreetService';
export const HOST = '127.0.0.1';
/** What it is called where people read it. */
export const HOST_NAME = 'localhost';
const NS_A_MS = 1_000_000n;

/** As `hello.proto` says. */
export function greetService(): ServiceDefinition {
  const path = join(import.meta.dirname, 'hello.proto');
  const service = loadServices({ path }).get(SERVICE);
  if (service === undefined) throw new AppError('invalid', `${path} has no ${SERVICE}`);
  return service;
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * NS_A_MS;
}
