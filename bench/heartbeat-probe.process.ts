import { Agent, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/**
 * Sends heartbeats to a master at a fixed pace, whether or not the ones before are answered, and
 * tells how long each took: what a busy process keeps waiting is seen, however seldom it answers.
 */

const BODY = '{"url":"http://10.1.0.1:4000","tag":"bench"}';

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('ready') }),
  z.object({ ask: z.literal('begin'), url: z.string(), every_ms: z.number() }),
  z.object({ ask: z.literal('end') }),
]);

const agent = new Agent({ keepAlive: true });
const delaysMs: number[] = [];
const underWay = new Set<Promise<void>>();
let pace: NodeJS.Timeout | null = null;

answerQuestions(Question, async (question) => {
  switch (question.ask) {
    case 'ready':
      return {};
    case 'begin': {
      const url = `${question.url}/logkit/cluster/register`;
      pace = setInterval(() => beat(url), question.every_ms);
      return {};
    }
    case 'end':
      if (pace !== null) clearInterval(pace);
      await Promise.all(underWay);
      return figures();
  }
});

function beat(url: string): void {
  const done = timed(url).finally(() => underWay.delete(done));
  underWay.add(done);
}

function timed(url: string): Promise<void> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': BODY.length };
    const sent = request(url, { method: 'POST', agent, headers }, (answer: IncomingMessage) => {
      answer.resume();
      answer.on('end', () => {
        delaysMs.push(performance.now() - startMs);
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`the master answered ${answer.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end(BODY);
  });
}

function figures() {
  const sorted = Float64Array.from(delaysMs).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { heartbeat_p50_ms: at(0.5), heartbeat_p99_ms: at(0.99), heartbeat_max_ms: at(1) };
}
