import { resolve4, resolve6, resolveSrv } from 'node:dns/promises';
import type { Clock } from '../../kernel/clock.ts';
import { systemClock } from '../../kernel/clock.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Endpoint } from '../../resilience/instance.ts';
import { type Discovery, endpointAt } from './discovery.ts';

const INTERVAL_MS = 30_000;

export interface DnsOptions {
  /** A name with addresses (`port` says which port), or of SRV records, which name ports themselves. */
  readonly name: string;
  /** Absent: SRV records are asked for. */
  readonly port?: number;
  readonly intervalMs?: number;
  /** Told when the name cannot be resolved any more; what was known goes on to be used. */
  readonly onFailure?: (error: AppError) => void;
  readonly clock?: Clock;
  readonly resolver?: Resolver;
}

/** What is asked of the DNS. */
export interface Resolver {
  addresses(name: string): Promise<readonly string[]>;
  services(
    name: string,
  ): Promise<readonly { readonly name: string; readonly port: number; readonly weight: number }[]>;
}

/** Both families; a name may have one of them only. */
const systemResolver: Resolver = {
  addresses: async (name) => {
    const asked = [resolve4(name), resolve6(name)];
    // Fails where neither has any.
    await Promise.any(asked).catch((thrown: unknown) => {
      throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
    });
    const found = await Promise.allSettled(asked);
    return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  },
  services: resolveSrv,
};

/** Asks the DNS again and again. */
export function dnsDiscovery(options: DnsOptions): Discovery {
  const { name, intervalMs = INTERVAL_MS, clock = systemClock, onFailure } = options;
  return {
    follow: async (tell) => {
      const stopping = new AbortController();
      let known = await lookUp(options);
      tell(known);
      const loop = async () => {
        await clock.sleep(intervalMs, stopping.signal);
        while (!stopping.signal.aborted) {
          try {
            const found = await lookUp(options);
            if (isOther(found, known)) tell(found);
            known = found;
          } catch (thrown) {
            onFailure?.(new AppError('unavailable', `${name}: ${messageOf(thrown)}`));
          }
          await clock.sleep(intervalMs, stopping.signal);
        }
      };
      const looping = loop();
      return async () => {
        stopping.abort();
        await looping;
      };
    },
  };
}

/** @throws AppError `unavailable`. */
async function lookUp({ name, port, resolver = systemResolver }: DnsOptions): Promise<Endpoint[]> {
  try {
    const found =
      port === undefined
        ? await servicesOf(name, resolver)
        : (await resolver.addresses(name)).map((host) => endpointAt(withPort(host, port)));
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  } catch (cause) {
    throw new AppError('unavailable', `${name} cannot be resolved: ${messageOf(cause)}`, { cause });
  }
}

async function servicesOf(name: string, resolver: Resolver): Promise<Endpoint[]> {
  const found = await resolver.services(name);
  // Without any weights all weigh the same.
  const haveNone = found.every(({ weight }) => weight === 0);
  return found.map(({ name: host, port, weight }) => ({
    ...endpointAt(withPort(host, port)),
    weight: haveNone ? 1 : weight,
  }));
}

function withPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isOther(found: readonly Endpoint[], known: readonly Endpoint[]): boolean {
  return JSON.stringify(found) !== JSON.stringify(known);
}
