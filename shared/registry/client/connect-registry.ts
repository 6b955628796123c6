import type { Logger } from 'pino';
import type { HttpClientOptions } from '../../client/exchange.ts';
import { createPoolClient } from '../../client/pool-client.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { type RandomSource, systemRandom } from '../../kernel/random.ts';
import { silentLog } from '../registry-log.ts';
import { type ClientOptionsInput, readClientOptions } from './client-options.ts';
import { tokensOf } from './log-in.ts';
import { RegistryClient } from './registry-client.ts';
import { ServerCalls } from './server-calls.ts';

/** So many questions servers may keep open. */
const WAITING_MAX = 1_024;

export interface RegistryClientOptions extends ClientOptionsInput {
  /** Absent: nothing is logged. */
  readonly log?: Logger;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/**
 * A registry that masters serve. Nothing is asked before the first call. Whoever connects closes it.
 * @throws RegistryError `INVALID_CONFIG` for options that are none.
 */
export function connectRegistry({
  log,
  clock = systemClock,
  random = systemRandom,
  ...given
}: RegistryClientOptions): RegistryClient {
  const options = readClientOptions(given);
  const { urls, timeoutMs, userAgent, tls } = options;
  const pool: HttpClientOptions = { userAgent, ...(tls !== undefined && { tls }) };
  const http = createPoolClient(pool);
  const waiting = createPoolClient({ ...pool, connectionsMax: WAITING_MAX });
  const calls = new ServerCalls({ urls, http, timeoutMs, clock, random });
  const closing = new AbortController();
  const registryLog = silentLog();
  if (log !== undefined) registryLog.current = log;
  return new RegistryClient({
    ...{ calls, clock, random, closing, log: registryLog },
    waitingCalls: new ServerCalls({ urls, timeoutMs, http: waiting, clock, random }),
    tokens: tokensOf(options, { calls, clock, signal: closing.signal }),
    close: async () => {
      await Promise.all([http.close(), waiting.close()]);
    },
  });
}
