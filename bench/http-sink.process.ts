import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/**
 * A server that takes lines over HTTP and does nothing else: it counts them, takes their checksum,
 * and counts a batch once whose `Idempotency-Key` comes twice.
 */

const LINE_FEED = 0x0a;
const KEEP_ALIVE_MS = 65_000;

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('listen'), port: z.int() }),
  z.object({ ask: z.literal('arrival'), lines: z.int() }),
  z.object({ ask: z.literal('tally') }),
]);

const taken = new Set<string>();
let lines = 0;
let crc = 0;
let expected: { readonly lines: number; readonly arrived: (answer: object) => void } | null = null;

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => take(request, response, chunks));
});

function take(request: IncomingMessage, response: ServerResponse, chunks: readonly Buffer[]): void {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !taken.has(key)) {
    for (const chunk of chunks) count(chunk);
    // The last line of a body has no line break of its own.
    count(Buffer.from('\n'));
  }
  if (typeof key === 'string') taken.add(key);
  response.writeHead(200, { 'Content-Length': 0 });
  response.end();
  if (expected !== null && lines >= expected.lines) expected.arrived({});
}

function count(bytes: Buffer): void {
  crc = crc32(bytes, crc);
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    lines += 1;
  }
}

answerQuestions(Question, (question) => {
  if (question.ask === 'tally') return { lines, crc };
  return new Promise<object>((resolve) => {
    if (question.ask === 'listen') server.listen(question.port, '127.0.0.1', () => resolve({}));
    else expected = { lines: question.lines, arrived: resolve };
  });
});
