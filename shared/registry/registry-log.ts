import type { Logger } from 'pino';

/** Where a registry writes its log: `setLogger` changes it for all parts at once. */
export interface RegistryLog {
  current: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const silent = () => undefined;

export function silentLog(): RegistryLog {
  return { current: { info: silent, warn: silent, error: silent } };
}
