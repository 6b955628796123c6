import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/** The load where wrk cannot be had: the same requests over raw sockets. */

const OK = 'HTTP/1.1 200 ';
const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /^content-length: *(\d+)$/im;

const Question = z.object({
  port: z.int(),
  /** Of whole requests, each ended by a zero byte. */
  file: z.string(),
  connections: z.int(),
  seconds: z.number(),
});

interface Tally {
  readonly latenciesMs: number[];
  errors: number;
}

answerQuestions(Question, async (question) => {
  const requests = (await readFile(question.file, 'utf8')).split('\0').slice(0, -1);
  const turns = endlessly(requests);
  const tally: Tally = { latenciesMs: [], errors: 0 };
  const startMs = performance.now();
  const endMs = startMs + question.seconds * 1000;
  await Promise.all(
    Array.from({ length: question.connections }, () => drive(question.port, turns, tally, endMs)),
  );
  const sorted = Float64Array.from(tally.latenciesMs).sort();
  return {
    requests: sorted.length,
    seconds: (performance.now() - startMs) / 1000,
    p99_ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    errors: tally.errors,
  };
});

function* endlessly<T>(items: readonly T[]): Generator<T, never> {
  for (;;) yield* items;
}

/** One connection: a request, its answer, the next request. */
function drive(
  port: number,
  turns: Generator<string, never>,
  tally: Tally,
  endMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    let sentMs = 0;
    let answer = '';
    const send = (): Socket => {
      sentMs = performance.now();
      socket.write(turns.next().value);
      return socket;
    };
    socket.on('connect', send);
    socket.on('data', (text: string) => {
      answer += text;
      if (!isWhole(answer)) return;
      const nowMs = performance.now();
      tally.latenciesMs.push(nowMs - sentMs);
      if (!answer.startsWith(OK)) tally.errors += 1;
      answer = '';
      if (nowMs < endMs) send();
      else socket.destroy();
    });
    socket.on('error', () => {
      tally.errors += 1;
    });
    socket.on('close', () => resolve());
  });
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf(HEAD_END);
  if (headEnd === -1) return false;
  const length = Number(CONTENT_LENGTH.exec(answer.slice(0, headEnd))?.[1] ?? 0);
  return answer.length >= headEnd + HEAD_END.length + length;
}
