import { exchange, type HttpClientOptions, openAgent } from './exchange.ts';
import type { HttpClient } from './http-client.ts';

/**
 * The port straight on undici's pool, for calls to thousands of hosts at once.
 * `close` ends every connection at once; requests in flight fail as `unavailable`.
 */
export function createPoolClient(options: HttpClientOptions): HttpClient {
  const { userAgent } = options;
  const agent = openAgent(options);
  return {
    request: async ({ headers = {}, body = null, ...request }) => {
      const named = Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent');
      return exchange(agent, {
        ...request,
        headers: named ? headers : { ...headers, 'user-agent': userAgent },
        body,
      });
    },
    close: () => agent.destroy(),
  };
}
