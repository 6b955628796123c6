import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { z } from 'zod';
import type { HttpClient, HttpRequest } from '../../shared/client/http-client.ts';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { ResilientClient } from '../../shared/client/resilient-client.ts';
import { parseBindHost } from '../../shared/config/bind-host.ts';
import type { MainConfig } from '../../shared/config/main-config.ts';
import { urlOf } from '../../shared/http/own-address.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { systemRandom } from '../../shared/kernel/random.ts';
import { FailoverConfig } from '../../shared/resilience/failover-config.ts';

/** Stopping a runner and replaying take their time. */
const TIMEOUT_MS = 120_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** The first port that an agent without `bind_host` tries. */
const PORT_FALLBACK = 4_000;
/** One that is just starting is waited for, if not for long. */
const FAILOVER = FailoverConfig.parse({
  MaxRetries: 3,
  RetryInterval: 200,
  RetryableErrors: ['connection_refused', 'connection_reset'],
});
const ANY_HOST: readonly string[] = ['', '0.0.0.0', '::'];

const Answer = z.object({ data: z.unknown().optional(), message: z.string().default('') });

/** The API of the agent that a configuration belongs to. */
export class AgentApi {
  readonly #http: HttpClient;
  readonly #client: ResilientClient;
  readonly #config: MainConfig;

  private constructor(http: HttpClient, config: MainConfig) {
    this.#http = http;
    this.#client = new ResilientClient({
      ...{ http, config: FAILOVER, clock: systemClock, random: systemRandom },
    });
    this.#config = config;
  }

  static async open(config: MainConfig, version: string): Promise<AgentApi> {
    const { ca } = config.tls;
    const tls = ca === '' ? {} : { ca: [...rootCertificates, await readFile(ca)] };
    const userAgent = `logkit-fleet/${version}`;
    return new AgentApi(createPoolClient({ userAgent, tls }), config);
  }

  /** @throws AppError `conflict` with the agent's words when it refuses, `unavailable` when none answers. */
  async ask<T>(
    schema: z.ZodType<T>,
    { method, path, body }: Pick<HttpRequest, 'method'> & { path: string; body?: object },
  ): Promise<T> {
    const { status, body: text } = await this.#client
      .request({
        ...{ method, server: this.#url, path, headers: () => this.#headers },
        isIdempotent: method === 'GET',
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...{ timeoutMs: TIMEOUT_MS, answerBytesMax: ANSWER_BYTES_MAX },
        signal: new AbortController().signal,
      })
      .catch((cause: unknown) => {
        const why = `no agent answers at ${this.#url}: is it running? ${messageOf(cause)}`;
        throw new AppError('unavailable', why, { cause });
      });
    const answer = Answer.safeParse(jsonOf(text)).data;
    if (status === 200) return schema.parse(answer?.data);
    const why = answer?.message ?? '';
    throw new AppError('conflict', why === '' ? `${this.#url} answered ${status}` : why);
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  get #url(): string {
    const { cluster, tls, bind_host } = this.#config;
    if (tls.cert !== '' && cluster.address !== '') return cluster.address;
    const { host, port } = parseBindHost(bind_host) ?? { host: '', port: PORT_FALLBACK };
    const reachable = ANY_HOST.includes(host) ? '127.0.0.1' : host;
    return urlOf(tls.cert === '' ? 'http' : 'https', reachable, port);
  }

  get #headers(): Record<string, string> {
    const { auth, cluster } = this.#config;
    const token = auth.token === '' ? cluster.secret : auth.token;
    const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };
    return { 'content-type': 'application/json', ...authorization };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
