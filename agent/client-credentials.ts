import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { HttpClient } from '../shared/client/http-client.ts';
import type { DiscoveryConfig } from '../shared/config/discovery-config.ts';
import type { Clock } from '../shared/kernel/clock.ts';
import { messageOf } from '../shared/kernel/errors.ts';
import type { RandomSource } from '../shared/kernel/random.ts';
import { type ClientCredentials, enrolClient } from '../shared/registry/client/enrol-client.ts';
import { doubling, retryDelayMs } from '../shared/resilience/retry-schedule.ts';
import { JsonFile } from '../shared/stores/json-file.ts';

const BACKOFF = doubling(1_000, 60_000);

const Kept = z.object({
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  /** With which token, hashed: another one is for another client. */
  enrolled_with: z.string(),
});

interface CredentialsDeps {
  readonly config: DiscoveryConfig;
  /** Readable by its owner alone. */
  readonly path: string;
  readonly name: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
}

/**
 * As which client the agent asks: the one that is configured, or the one that it has become with its
 * token, once; it tries for as long as it must. Null: as none, or it was told to stop.
 */
export async function clientCredentials(
  deps: CredentialsDeps,
  signal: AbortSignal,
): Promise<ClientCredentials | null> {
  const { client_id: clientId, client_secret: clientSecret, enrol_token: token } = deps.config;
  if (clientId !== '') return { clientId, clientSecret };
  if (token === '') return null;
  const file = new JsonFile(deps.path);
  const kept = Kept.safeParse(await file.read().catch(() => null));
  if (kept.success && kept.data.enrolled_with === hashOf(token)) {
    return { clientId: kept.data.client_id, clientSecret: kept.data.client_secret };
  }
  const made = await enrolled(deps, token, signal);
  if (made !== null) {
    await file.write({
      ...{ client_id: made.clientId, client_secret: made.clientSecret },
      enrolled_with: hashOf(token),
    });
  }
  return made;
}

async function enrolled(
  { config, name, http, clock, random, log }: CredentialsDeps,
  token: string,
  signal: AbortSignal,
): Promise<ClientCredentials | null> {
  for (let [failures, told] = [0, '']; !signal.aborted; failures += 1) {
    try {
      const made = await enrolClient({ urls: config.urls, http, token, name }, signal);
      log.info({ client_id: made.clientId }, 'this agent is enrolled');
      return made;
    } catch (thrown) {
      const reason = messageOf(thrown);
      if (reason !== told) log.warn({ reason }, 'this agent cannot be enrolled; it is tried on');
      told = reason;
    }
    await clock.sleep(retryDelayMs(BACKOFF, failures + 1, random), signal);
  }
  return null;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
