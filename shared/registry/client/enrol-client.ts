import { z } from 'zod';
import type { HttpClient } from '../../client/http-client.ts';
import { type ServerCall, ServerCalls } from './server-calls.ts';

const TIMEOUT_MS = 10_000;

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

const EnrolAnswer = z
  .object({ client_id: z.string(), client_secret: z.string() })
  .transform(({ client_id, client_secret }) => ({
    clientId: client_id,
    clientSecret: client_secret,
  }));

interface Enrolment {
  readonly urls: readonly string[];
  readonly http: HttpClient;
  /** What an admin has given for it. */
  readonly token: string;
  /** What the client will be called. */
  readonly name: string;
}

/**
 * Becomes a client of the masters. The secret is told this once.
 * @throws RegistryError `INVALID_CONFIG` for a token that is none, or none any more.
 */
export function enrolClient(
  { urls, http, token, name }: Enrolment,
  signal: AbortSignal,
): Promise<ClientCredentials> {
  const calls = new ServerCalls({ urls, http, timeoutMs: TIMEOUT_MS });
  const call: ServerCall<ClientCredentials> = {
    ...{ method: 'POST', path: '/auth/enrol', body: { token, name } },
    ...{ answer: EnrolAnswer, failure: 'REGISTRY_FAILED' },
    // Each answer uses up one of the token's uses.
    isIdempotent: false,
  };
  return calls.ask(call, null, signal);
}
