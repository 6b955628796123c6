import { createServer } from 'node:http';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/**
 * The floor under a master's renewals: `node:http` alone, which finds the ID in a Map, moves its
 * deadline, and answers the same text each time. It has no limits, no access control, no metrics and
 * keeps nothing.
 */

const ANSWER = '{"code":20000,"msg":"success","data":"服务续约成功"}';
const HEADERS = {
  'Content-Type': 'application/json; charset=UTF-8',
  'Content-Length': Buffer.byteLength(ANSWER),
};
const PATH = /^\/registry\/services\/([^/]+)\/renew$/;
const LEASE_MS = 30_000;

const deadlines = new Map<string, number>();
let renewals = 0;

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const id = PATH.exec(request.url ?? '')?.[1] ?? '';
  request.resume();
  request.on('end', () => {
    if (!deadlines.has(id)) throw new Error(`no instance ${id}`);
    deadlines.set(id, performance.now() + LEASE_MS);
    renewals += 1;
    response.writeHead(200, HEADERS);
    response.end(ANSWER);
  });
});

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('listen'), port: z.int(), ids: z.array(z.string()) }),
  z.object({ ask: z.literal('count') }),
]);

answerQuestions(Question, (question) => {
  if (question.ask === 'count') return { renewals };
  for (const id of question.ids) deadlines.set(id, 0);
  return new Promise<object>((resolve) => {
    server.listen(question.port, '127.0.0.1', () => resolve({}));
  });
});
