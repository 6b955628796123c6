import { BytePool } from '../../client/byte-pool.ts';
import { messageOf } from '../../kernel/errors.ts';
import {
  closedByOwner,
  givenUp,
  overloaded,
  requestTooLarge,
  timedOut,
  unreadableAnswer,
} from '../call-failures.ts';
import { asPoolTls } from '../client-tls.ts';
import { parseAddress } from '../parse-address.ts';
import { RpcError } from '../rpc-error.ts';
import type { RpcChannel, RpcReply, RpcRequest, RpcTransport } from '../transport.ts';
import { answerFailure, exchangeFailure } from './http-failure.ts';
import { HTTP_CLIENT_DEFAULTS, type HttpClientOptions } from './http-options.ts';
import {
  CONTENT_TYPES,
  codecOf,
  metadataHeaders,
  metadataOf,
  PATH_PREFIX,
  TIMEOUT_HEADER,
} from './http-wire.ts';

type Headers = Record<string, string>;

/** An instance that said so is believed for as long: the next one at its address may not drain. */
const DRAINING_MS = 5_000;

/** Reaches instances by plain HTTP: a pool of connections an instance, one call on each at a time. */
export function httpTransport(options: Partial<HttpClientOptions> = {}): RpcTransport {
  const all = { ...HTTP_CLIENT_DEFAULTS, ...options };
  return { name: 'http', channel: (address) => new HttpChannel(address, all) };
}

class HttpChannel implements RpcChannel {
  readonly #address: string;
  readonly #options: HttpClientOptions;
  readonly #pool: BytePool;
  #running = 0;
  #drainingUntilMs = -Infinity;
  #isClosed = false;

  /** @throws AppError `invalid` when the address is none. */
  constructor(address: string, options: HttpClientOptions) {
    parseAddress(address);
    this.#address = address;
    this.#options = options;
    this.#pool = new BytePool(poolOptions(address, options));
  }

  /** Over HTTP, an instance says so in its answers alone. */
  get isDraining(): boolean {
    return this.#options.clock.monotonicMs() < this.#drainingUntilMs;
  }

  async call(request: RpcRequest): Promise<RpcReply> {
    const headers = this.#headersOrRefusal(request);
    if (headers instanceof RpcError) throw headers;
    this.#running += 1;
    const reply = await this.#exchange(request, headers);
    this.#running -= 1;
    if (!(reply instanceof RpcError)) return reply;
    if (reply.reason === 'draining') {
      this.#drainingUntilMs = this.#options.clock.monotonicMs() + DRAINING_MS;
    }
    throw reply;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.close();
  }

  async #exchange(request: RpcRequest, headers: Headers): Promise<RpcReply | RpcError> {
    const { service, method, payload, timeoutMs, signal, codec } = request;
    const outcome = await this.#pool.post({
      path: `${PATH_PREFIX}${service}/${method}`,
      ...{ headers, signal, body: payload },
      dueMs: this.#options.clock.monotonicMs() + timeoutMs,
    });
    if ('why' in outcome) return exchangeFailure(this.#address, outcome);
    if (outcome.status !== 200) return answerFailure(this.#address, outcome);
    if (codecOf(outcome.headers['content-type']) !== codec) {
      return unreadableAnswer(this.#address, 'it is not of the content type of the request');
    }
    return { payload: outcome.body, metadata: metadataOf(outcome.headers) };
  }

  #headersOrRefusal(request: RpcRequest): Headers | RpcError {
    const { payload, signal, timeoutMs } = request;
    const { payloadBytesMax, inFlightMax } = this.#options;
    if (this.#isClosed) return closedByOwner(this.#address, 'no');
    if (signal?.aborted === true) return givenUp(this.#address, 'no');
    if (!(timeoutMs > 0)) return timedOut(this.#address, 'no');
    if (payload.length > payloadBytesMax) {
      return requestTooLarge('payload', payload.length, payloadBytesMax);
    }
    if (this.#running >= inFlightMax) return overloaded(this.#address, `${inFlightMax} calls`);
    return this.#headers(request);
  }

  #headers({ metadata, codec, timeoutMs }: RpcRequest): Headers | RpcError {
    try {
      const headers = metadataHeaders(metadata, this.#options.metadataBytesMax);
      headers['content-type'] = CONTENT_TYPES[codec];
      if (timeoutMs !== Infinity) headers[TIMEOUT_HEADER] = String(Math.ceil(timeoutMs));
      return headers;
    } catch (thrown) {
      const reason = 'protocol';
      return new RpcError('invalid_argument', messageOf(thrown), { reason, executed: 'no' });
    }
  }
}

function poolOptions(address: string, options: HttpClientOptions) {
  const { connectionsMax, connectTimeoutMs, payloadBytesMax, tls, clock } = options;
  return {
    origin: `${tls === null ? 'http' : 'https'}://${address}`,
    ...{ connectionsMax, connectTimeoutMs, clock, answerBytesMax: payloadBytesMax },
    tls: tls === null ? null : asPoolTls(tls),
  };
}
