import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import type { ClientOptions } from './client-options.ts';
import type { ServerCall, ServerCalls } from './server-calls.ts';
import { FetchedTokens, fixedToken, type TokenSource } from './token-source.ts';

const S_MS = 1_000;
const LIFE_S_DEFAULT = 3_600;

const LifeS = z.number().positive().default(LIFE_S_DEFAULT);
const UserToken = z
  .object({ token: z.string(), expires_in: LifeS })
  .transform(({ token, expires_in }) => ({ text: token, lifeMs: expires_in * S_MS }));
const ClientToken = z
  .object({ access_token: z.string(), expires_in: LifeS })
  .transform(({ access_token, expires_in }) => ({ text: access_token, lifeMs: expires_in * S_MS }));

interface LogInDeps {
  readonly calls: ServerCalls;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly signal: AbortSignal;
}

type Credentials = Pick<
  ClientOptions,
  'token' | 'username' | 'password' | 'clientId' | 'clientSecret'
>;

/** Where the tokens of those credentials come from. */
export function tokensOf(
  credentials: Credentials,
  { calls, clock, signal }: LogInDeps,
): TokenSource {
  const { token = null, username, password, clientId, clientSecret } = credentials;
  const post = { method: 'POST', failure: 'REGISTRY_FAILED' } as const;
  const fetched = (call: ServerCall<z.output<typeof UserToken>>) =>
    new FetchedTokens(() => calls.ask(call, null, signal), clock);
  if (username !== undefined) {
    return fetched({
      ...post,
      path: '/auth/login',
      body: { username, password },
      answer: UserToken,
    });
  }
  if (clientId !== undefined) {
    const body = { client_id: clientId, client_secret: clientSecret };
    return fetched({ ...post, path: '/auth/client', body, answer: ClientToken });
  }
  return fixedToken(token);
}
