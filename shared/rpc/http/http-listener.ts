import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Listening, listen } from '../../http/listen.ts';
import { ClientGone, readBody } from '../../http/read-body.ts';
import { Alarm } from '../../kernel/alarm.ts';
import { messageOf } from '../../kernel/errors.ts';
import { sentPushback } from '../pushback.ts';
import type { ServerTls } from '../server-tls.ts';
import type { Dispatch, DispatchResult, RpcListener } from '../transport.ts';
import { type FailureBody, HTTP_STATUSES } from './http-failure.ts';
import { type HttpHead, HttpIncoming } from './http-incoming.ts';
import { HTTP_SERVER_DEFAULTS, type HttpServerOptions } from './http-options.ts';
import {
  CONTENT_TYPES,
  codecOf,
  metadataHeaders,
  PATH_PREFIX,
  TIMEOUT_HEADER,
} from './http-wire.ts';

const ANSWER_METADATA_BYTES_MAX = 16 * 1024;
const CALL_PATH = /^(?<service>[\w.]+)\/(?<method>\w+)$/;
const DIGITS = /^\d{1,15}$/;

/** Serves calls that come as `POST /rpc/package.Service/Method`. */
export async function listenHttp(
  dispatch: Dispatch,
  options: Partial<HttpServerOptions> = {},
): Promise<RpcListener> {
  const listener = new HttpListener(dispatch, { ...HTTP_SERVER_DEFAULTS, ...options });
  await listener.listen();
  return listener;
}

class HttpListener implements RpcListener {
  readonly #dispatch: Dispatch;
  readonly #options: HttpServerOptions;
  readonly #running = new Map<HttpIncoming, ServerResponse>();
  readonly #alarm: Alarm;
  #listening: Listening | null = null;
  #isDraining = false;

  constructor(dispatch: Dispatch, options: HttpServerOptions) {
    this.#dispatch = dispatch;
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#expire());
  }

  get address(): string {
    const { host } = this.#options;
    return `${host.includes(':') ? `[${host}]` : host}:${this.#listening?.port ?? 0}`;
  }

  async listen(): Promise<void> {
    const { host, port, tls, clock, log } = this.#options;
    this.#listening = await listen(
      (request, response) => {
        void this.#serve(request, response);
      },
      { host, port, clock, log, ...(tls === null ? {} : { tls: tlsFiles(tls) }) },
    );
  }

  async drain(withinMs: number): Promise<void> {
    this.#isDraining = true;
    await this.#listening?.close(withinMs);
    this.#alarm.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const head = this.#headOrRefusal(request);
    if ('code' in head) {
      refuse(response, head);
      return;
    }
    const dueMs = this.#options.clock.monotonicMs() + head.timeoutMs;
    let payload: Buffer;
    try {
      payload = await readBody(request, this.#options.payloadBytesMax);
    } catch (thrown) {
      if (thrown instanceof ClientGone) return;
      // What is left of the body is not read.
      response.setHeader('connection', 'close');
      const tooLong = refusal('resource_exhausted', messageOf(thrown));
      refuse(response, { ...tooLong, reason: 'protocol' });
      return;
    }
    await this.#run(new HttpIncoming(head, request, payload, dueMs), response);
  }

  async #run(call: HttpIncoming, response: ServerResponse): Promise<void> {
    this.#running.set(call, response);
    this.#alarm.by(call.dueMs);
    response.once('close', () => call.giveUp());
    const result = await this.#dispatch(call);
    this.#running.delete(call);
    if (!call.finish()) return;
    try {
      write(response, call, result);
    } catch (thrown) {
      refuse(response, { code: 'internal', message: messageOf(thrown), executed: 'yes' });
    }
  }

  #headOrRefusal(request: IncomingMessage): HttpHead | FailureBody {
    const head = headOf(request);
    return 'code' in head ? head : (this.#overload() ?? head);
  }

  #overload(): FailureBody | null {
    if (this.#isDraining) {
      return { ...refusal('unavailable', 'server is draining'), reason: 'draining' };
    }
    const { inFlightMax } = this.#options;
    if (this.#running.size < inFlightMax) return null;
    const message = `${inFlightMax} calls run already`;
    return { ...refusal('resource_exhausted', message), reason: 'overloaded' };
  }

  /** Whoever runs over its time is told to stop, and whoever waits for it that it is late. */
  #expire(): void {
    const nowMs = this.#options.clock.monotonicMs();
    let nextMs = Infinity;
    for (const [call, response] of [...this.#running]) {
      if (call.dueMs > nowMs) {
        nextMs = Math.min(nextMs, call.dueMs);
        continue;
      }
      call.giveUp();
      const late = { code: 'deadline_exceeded', executed: 'maybe', reason: 'timeout' } as const;
      refuse(response, { ...late, message: 'the time of the call is over' });
    }
    this.#alarm.by(nextMs);
  }
}

function headOf({ method: verb, url = '', headers }: IncomingMessage): HttpHead | FailureBody {
  const path = url.startsWith(PATH_PREFIX) ? url.slice(PATH_PREFIX.length) : '';
  const { service, method } = CALL_PATH.exec(path)?.groups ?? {};
  if (verb !== 'POST' || service === undefined || method === undefined) {
    return refusal('unimplemented', `calls are POST ${PATH_PREFIX}package.Service/Method`);
  }
  const codec = codecOf(headers['content-type']);
  if (codec === null) {
    const types = Object.values(CONTENT_TYPES).join(' or ');
    return refusal('invalid_argument', `the content type has to be ${types}`);
  }
  const timeoutMs = timeoutOf(headers[TIMEOUT_HEADER]);
  if (timeoutMs === null) {
    return refusal('invalid_argument', `${TIMEOUT_HEADER} has to be a number of milliseconds`);
  }
  return { service, method, codec, timeoutMs };
}

/** Null: it is no number. */
function timeoutOf(header: string | string[] | undefined): number | null {
  if (header === undefined) return Infinity;
  return typeof header === 'string' && DIGITS.test(header) ? Number(header) : null;
}

function refusal(code: FailureBody['code'], message: string): FailureBody {
  return { code, message, executed: 'no' };
}

function write(response: ServerResponse, call: HttpIncoming, result: DispatchResult): void {
  if (!result.ok) {
    const { code, message, executed, reason, retryAfterMs } = result;
    refuse(response, {
      ...{ code, message, executed: executed ? 'yes' : 'no' },
      ...(reason === undefined ? {} : { reason }),
      ...(retryAfterMs === undefined ? {} : { retry_after_ms: sentPushback(retryAfterMs) }),
    });
    return;
  }
  const { payload, metadata = {} } = result;
  response.writeHead(200, {
    ...metadataHeaders(metadata, ANSWER_METADATA_BYTES_MAX),
    'content-type': CONTENT_TYPES[call.codec],
    'content-length': payload.length,
  });
  response.end(payload);
}

function refuse(response: ServerResponse, failure: FailureBody): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(JSON.stringify(failure));
  const { retry_after_ms: afterMs } = failure;
  if (afterMs !== undefined && afterMs >= 0) {
    response.setHeader('retry-after', Math.ceil(afterMs / 1_000));
  }
  response.writeHead(HTTP_STATUSES[failure.code], {
    'content-type': CONTENT_TYPES.json,
    'content-length': body.length,
  });
  response.end(body);
}

function tlsFiles({ cert, key, clientCa }: ServerTls) {
  return clientCa === undefined ? { cert, key } : { cert, key, ca: clientCa, requestCert: true };
}
