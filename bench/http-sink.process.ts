import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/**
 * A server that takes lines over HTTP and does nothing else: it takes the length and the checksum of
 * them all, which tell whether each is there, in order. It looks at no line, for then it would be
 * its own speed that is measured. It takes a batch once whose `Idempotency-Key` comes twice.
 */

const KEEP_ALIVE_MS = 65_000;
/** The last line of a body has no line break of its own. */
const LINE_BREAK = Buffer.from('\n');

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('listen'), port: z.int() }),
  z.object({ ask: z.literal('arrival'), bytes: z.int() }),
  z.object({ ask: z.literal('tally') }),
]);

interface Tally {
  readonly bytes: number;
  readonly crc: number;
}

const collectGarbage = garbageCollector();
const taken = new Set<string>();
let tally: Tally = { bytes: 0, crc: 0 };
let expected: { readonly bytes: number; readonly arrived: (answer: object) => void } | null = null;

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  let sum = tally;
  request.on('data', (chunk: Buffer) => {
    sum = added(sum, chunk);
  });
  request.on('end', () => take(request, response, added(sum, LINE_BREAK)));
});

/** `sum` is the tally with this request's lines; a request that breaks off adds nothing. */
function take(request: IncomingMessage, response: ServerResponse, sum: Tally): void {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !taken.has(key)) tally = sum;
  if (typeof key === 'string') taken.add(key);
  response.writeHead(200, { 'Content-Length': 0 });
  response.end();
  setImmediate(freeChunks);
  if (expected !== null && tally.bytes >= expected.bytes) expected.arrived({});
}

/**
 * What was read lies in a chunk of memory of its own each time. Freed at once, the same few are used
 * again; left to the garbage collector's own time, each batch would be read into new memory, which
 * takes a virtual machine several times as long as all the rest.
 */
function freeChunks(): void {
  collectGarbage({ type: 'minor' });
}

function garbageCollector(): (options: object) => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc !== 'function') throw new Error('V8 has no gc()');
  return (options) => void Reflect.apply(gc, null, [options]);
}

function added({ bytes, crc }: Tally, chunk: Buffer): Tally {
  return { bytes: bytes + chunk.length, crc: crc32(chunk, crc) };
}

answerQuestions(Question, (question) => {
  if (question.ask === 'tally') return tally;
  return new Promise<object>((resolve) => {
    if (question.ask === 'listen') server.listen(question.port, '127.0.0.1', () => resolve({}));
    else expected = { bytes: question.bytes, arrived: resolve };
  });
});
