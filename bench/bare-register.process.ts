import { createServer } from 'node:http';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/**
 * The floor under the master's heartbeats: `node:http` alone, which parses the JSON, updates a Map
 * and answers the same text each time. It has no limits, no access control and no metrics.
 */

const ANSWER = '{"code":"L200"}';
const HEADERS = {
  'Content-Type': 'application/json; charset=UTF-8',
  'Content-Length': ANSWER.length,
};

interface Known {
  tag: string;
  touchedMs: number;
}

const agents = new Map<string, Known>();
let heartbeats = 0;

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    register(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(200, HEADERS);
    response.end(ANSWER);
  });
});

function register(body: unknown): void {
  if (!isHeartbeat(body)) throw new Error(`no heartbeat: ${JSON.stringify(body)}`);
  const { url, tag } = body;
  heartbeats += 1;
  const known = agents.get(url);
  if (known === undefined) {
    agents.set(url, { tag, touchedMs: performance.now() });
    return;
  }
  known.tag = tag;
  known.touchedMs = performance.now();
}

function isHeartbeat(body: unknown): body is { readonly url: string; readonly tag: string } {
  if (typeof body !== 'object' || body === null) return false;
  return 'url' in body && 'tag' in body && typeof body.url === 'string';
}

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('listen'), port: z.int() }),
  z.object({ ask: z.literal('count') }),
]);

answerQuestions(Question, (question) => {
  if (question.ask === 'count') return { agents: agents.size, heartbeats };
  return new Promise<object>((resolve) => {
    server.listen(question.port, '127.0.0.1', () => resolve({}));
  });
});
