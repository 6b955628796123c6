import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toJsonText } from '../api/json-text.ts';
import { systemCode } from '../kernel/errors.ts';
import { ClientGone } from './read-body.ts';
import type { RawAnswer } from './route.ts';

/** What a client may still send after it was refused, so that it gets to read why. */
const DISCARDED_BYTES_MAX = 32 * 1024 * 1024;

const JSON_TYPE = 'application/json; charset=UTF-8';

/** An answer in JSON, ready to be written any number of times. */
export interface JsonAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: OutgoingHttpHeaders;
}

export function jsonAnswer(status: number, body: object, extra?: OutgoingHttpHeaders): JsonAnswer {
  const text = toJsonText(body);
  const headers = {
    'Content-Type': JSON_TYPE,
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(text),
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...extra,
  };
  return { status, text, headers };
}

/** What a router says, without a code: `{"message":"Not Found"}`. */
export function statusAnswer(status: number, extra?: OutgoingHttpHeaders): JsonAnswer {
  return jsonAnswer(status, { message: STATUS_CODES[status] ?? String(status) }, extra);
}

/** Writes an answer, unless the client is gone or has one already. */
export function writeJson(response: ServerResponse, { status, text, headers }: JsonAnswer): void {
  if (!canAnswer(response)) return;
  response.writeHead(status, headers);
  response.end(text);
}

/**
 * Refuses a request, perhaps before all of it has arrived. Closing on a client that is still
 * sending would reset the connection and take the answer with it: the rest is read and dropped.
 */
export function writeRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  answer: JsonAnswer,
): void {
  if (request.complete || !canAnswer(response)) {
    writeJson(response, answer);
    return;
  }
  const isTooLong = answer.status === 413;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(isTooLong && { Connection: 'close' }),
  });
  if (request.method !== 'HEAD') response.write(answer.text);

  let discardedBytes = 0;
  request.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > DISCARDED_BYTES_MAX) request.destroy();
  });
  request.on('end', () => response.end());
  request.resume();
}

/**
 * Writes an answer that needs no envelope.
 * @throws what its stream fails with; ClientGone when nobody waits for the rest of it.
 */
export async function writeRaw(response: ServerResponse, answer: RawAnswer): Promise<void> {
  const { body, status, contentType, fileName } = answer;
  const headers = {
    ...answer.headers,
    'Content-Type': contentType,
    'X-Content-Type-Options': 'nosniff',
    ...(fileName !== undefined && { 'Content-Disposition': `attachment; filename="${fileName}"` }),
  };
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    if (!canAnswer(response)) return;
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  await writeStream(response, body, () => response.writeHead(status, headers));
}

async function writeStream(response: ServerResponse, body: Readable, writeHead: () => void) {
  if (!canAnswer(response)) {
    body.destroy();
    return;
  }
  writeHead();
  if (response.req.method === 'HEAD') {
    body.destroy();
    response.end();
    return;
  }
  try {
    await pipeline(body, response);
  } catch (cause) {
    throw systemCode(cause) === 'ERR_STREAM_PREMATURE_CLOSE' ? new ClientGone() : cause;
  }
}

/** An answer that nobody can read any more is dropped without a word. */
function canAnswer(response: ServerResponse): boolean {
  return !response.headersSent && !response.destroyed;
}
