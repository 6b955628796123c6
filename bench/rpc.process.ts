import { z } from 'zod';
import { callers, Kind } from './rpc/kinds.ts';
import type { Caller } from './rpc/sides.ts';
import { answerQuestions } from './support/helper-side.ts';

/** One side of calls: it serves, or it calls as fast as it is answered. */

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('serve'), kind: Kind }),
  z.object({
    ask: z.literal('call'),
    kind: Kind,
    port: z.int(),
    inFlight: z.int(),
    seconds: z.number(),
  }),
]);
type Calls = Extract<z.infer<typeof Question>, { ask: 'call' }>;

let connected: Caller | null = null;

answerQuestions(Question, async (question) => {
  const sides = callers[question.kind];
  if (question.ask === 'serve') return { port: await sides.serve() };
  connected ??= await sides.connect(question.port);
  return callAgainAndAgain(connected, question);
});

async function callAgainAndAgain({ call }: Caller, { inFlight, seconds }: Calls) {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  const latenciesMs: number[] = [];
  const lane = async () => {
    for (let beganMs = performance.now(); beganMs < endMs; ) {
      await call();
      const nowMs = performance.now();
      latenciesMs.push(nowMs - beganMs);
      beganMs = nowMs;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    calls: sorted.length,
    seconds: (performance.now() - startMs) / 1_000,
    p99_ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}
