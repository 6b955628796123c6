import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { ClientGone } from '../../shared/http/read-body.ts';
import { jsonAnswer, writeJson, writeRefusal } from '../../shared/http/write-answer.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import { HttpRefusal } from './http-refusal.ts';
import { cannotListen, type ServiceAddress } from './service-address.ts';
import { readTlsFiles, type TlsFiles, unusable } from './tls-files.ts';

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const LIMIT_CHECK_INTERVAL_MS = 1_000;
const TOOK_IT = jsonAnswer(200, {});

export interface HttpInletOptions extends ServiceAddress {
  /** Null: it speaks plain HTTP. */
  readonly tls: TlsFiles | null;
  readonly connectionsMax: number;
  /** For a request to arrive. */
  readonly requestTimeoutMs: number;
}

export interface HttpInlet {
  /** Takes no more, lets answers that are due out, and cuts the connections. */
  close(): Promise<void>;
}

/** `gone` aborts when the client is not there any more. */
export type TakeRequest = (request: IncomingMessage, gone: AbortSignal) => Promise<void>;

/**
 * Serves one kind of request: `take` resolves when it is taken, and the client is told 200, or
 * throws an HttpRefusal.
 *
 * @throws AppError in words for whoever wrote the configuration.
 */
export async function openHttpInlet(
  options: HttpInletOptions,
  take: TakeRequest,
): Promise<HttpInlet> {
  const answering = new Map<IncomingMessage, Promise<void>>();
  const server = await serverOf(options, (request, response) => {
    const answered = answer(request, response, take).finally(() => answering.delete(request));
    answering.set(request, answered);
  });
  server.maxConnections = options.connectionsMax;
  await listenAt(server, options);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      // One that is still arriving would keep everybody waiting.
      const whole = [...answering].filter(([request]) => request.complete);
      await Promise.all(whole.map(([, answered]) => answered));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listenAt(server: Server, { host, port }: ServiceAddress): Promise<void> {
  const listening = once(server, 'listening');
  server.listen({ port, ...(host !== '' && { host }) });
  try {
    await listening;
  } catch (cause) {
    throw cannotListen(`${host}:${port}`, cause);
  }
  // A failed accept concerns one connection and not the server.
  server.on('error', () => undefined);
}

async function serverOf(options: HttpInletOptions, listener: RequestListener): Promise<Server> {
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, options.requestTimeoutMs),
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: LIMIT_CHECK_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  };
  if (options.tls === null) return createHttpServer(limits, listener);
  const files = await readTlsFiles(options.tls);
  try {
    return createHttpsServer({ ...limits, ...files }, listener);
  } catch (cause) {
    throw unusable(cause);
  }
}

/** Resolves when the answer is out, or nobody is there to read it; never rejects. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  take: TakeRequest,
): Promise<void> {
  const gone = new AbortController();
  const closed = new Promise<void>((resolve) => {
    response.once('close', () => {
      gone.abort();
      resolve();
    });
  });
  response.on('error', () => undefined);
  try {
    await take(request, gone.signal);
    writeJson(response, TOOK_IT);
  } catch (thrown) {
    if (!(thrown instanceof ClientGone)) refuse(request, response, thrown);
  }
  await closed;
}

function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  const refusal = thrown instanceof HttpRefusal ? thrown : new HttpRefusal(500, messageOf(thrown));
  const { status, message, headers } = refusal;
  writeRefusal(request, response, jsonAnswer(status, { error: message }, headers));
}
