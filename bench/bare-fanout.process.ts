import { Agent, request } from 'undici';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/**
 * The floor under a fan-out: the same POSTs by undici alone, as many at a time, from one process.
 * It keeps no account of who did what, and gives up at the first that fails.
 */

const CONCURRENCY_MAX = 64;

const Question = z.object({ urls: z.array(z.string()), path: z.string(), body: z.string() });

const client = new Agent();

answerQuestions(Question, async ({ urls, path, body }) => {
  const content = Buffer.from(body);
  const startMs = performance.now();
  const queue = urls.values();
  const work = async () => {
    for (const url of queue) await post(url + path, content);
  };
  await Promise.all(Array.from({ length: CONCURRENCY_MAX }, work));
  return { wallMs: performance.now() - startMs };
});

async function post(url: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await request(url, { method: 'POST', headers, body, dispatcher: client });
  await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
}
