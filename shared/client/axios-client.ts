import axios, { type AxiosAdapter, AxiosHeaders, type AxiosResponse } from 'axios';
import type { Agent } from 'undici';
import { exchange, type HttpClientOptions, openAgent } from './exchange.ts';
import { abortedError } from './go-errors.ts';
import type { HttpClient } from './http-client.ts';

/**
 * The port over axios, whose requests go out through undici's pool.
 * `close` ends every connection at once; requests in flight fail as `unavailable`.
 */
export function createAxiosClient(options: HttpClientOptions): HttpClient {
  const agent = openAgent(options);
  const http = axios.create({
    adapter: poolAdapter(agent),
    // Only what a request says is sent: axios would add an Accept and a Content-Type of its own.
    headers: { 'User-Agent': options.userAgent, Accept: false, 'Content-Type': false },
    transformRequest: [],
    transformResponse: [],
    validateStatus: null,
  });

  return {
    request: async ({ method, url, headers = {}, body, timeoutMs, answerBytesMax, signal }) => {
      try {
        const response = await http.request<string>({
          ...{ method, url, headers, data: body, signal },
          timeout: timeoutMs,
          maxContentLength: answerBytesMax,
        });
        return { status: response.status, headers: headersOf(response), body: response.data };
      } catch (error) {
        throw axios.isCancel(error) ? abortedError() : error;
      }
    },
    close: () => agent.destroy(),
  };
}

/** axios asks, the pool carries. Errors are AppErrors, which axios passes on as they are. */
function poolAdapter(agent: Agent): AxiosAdapter {
  return async (config) => {
    const { method = 'get', url = '', headers, timeout = 0, maxContentLength = 0 } = config;
    const { signal } = config;
    const data: unknown = config.data;
    const { status, body, ...answer } = await exchange(agent, {
      method: method.toUpperCase(),
      url,
      headers: headers.toJSON(true),
      body: typeof data === 'string' || Buffer.isBuffer(data) ? data : null,
      timeoutMs: timeout,
      answerBytesMax: maxContentLength,
      signal: signal instanceof AbortSignal ? signal : new AbortController().signal,
    });
    return { status, statusText: '', headers: answer.headers, data: body, config };
  };
}

function headersOf({ headers }: AxiosResponse): Record<string, string> {
  return headers instanceof AxiosHeaders ? headers.toJSON(true) : {};
}
