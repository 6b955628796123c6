import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/** Those who watch a service of a master's registry over HTTP, and whoever registers instances of it. */

const Question = z.object({
  url: z.string(),
  token: z.string(),
  service: z.string(),
  watchers: z.int(),
  registrations: z.int(),
});
type Question = z.infer<typeof Question>;

const EVENT = /^id: ?(?<id>.*)$/m;
const EVENT_END = '\n\n';
const STEP_MS = 20;

/** When each instance was asked for, and how long after that each watcher heard of it. */
interface Heard {
  readonly askedMs: Map<string, number>;
  readonly latenciesMs: number[];
}

answerQuestions(Question, async (question) => {
  const heard: Heard = { askedMs: new Map(), latenciesMs: [] };
  const stop = new AbortController();
  const wanted = question.watchers * question.registrations;
  const all = Promise.withResolvers<undefined>();
  const watchers = Array.from({ length: question.watchers }, () =>
    watch(question, heard, {
      signal: stop.signal,
      heardOne: () => heard.latenciesMs.length === wanted && all.resolve(undefined),
    }),
  );
  await Promise.all(watchers);
  for (let nth = 0; nth < question.registrations; nth += 1) {
    await register(question, `${question.service}-${nth}`, heard);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  await all.promise;
  stop.abort();
  const sorted = Float64Array.from(heard.latenciesMs).sort();
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { heard: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99) };
});

async function register({ url, token, service }: Question, id: string, { askedMs }: Heard) {
  askedMs.set(id, performance.now());
  const answer = await fetch(`${url}/registry/services`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id, name: service, address: '127.0.0.1:80' }),
  });
  if (!answer.ok) throw new Error(`a registration was answered with ${answer.status}`);
  await answer.text();
}

interface Ears {
  readonly signal: AbortSignal;
  readonly heardOne: () => void;
}

/** Resolves once the snapshot is there. */
async function watch({ url, token, service }: Question, heard: Heard, { signal, heardOne }: Ears) {
  const answer = await fetch(`${url}/registry/watch/${service}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    signal,
  });
  const events = eventsOf(answer.body ?? new ReadableStream<Uint8Array>());
  await events.next();
  const listen = async () => {
    for await (const event of events) {
      const nowMs = performance.now();
      for (const [id, askedMs] of heard.askedMs) {
        if (!event.includes(`"id":"${id}"`)) continue;
        heard.latenciesMs.push(nowMs - askedMs);
        heardOne();
      }
    }
  };
  void listen().catch(() => undefined);
}

/** Whole events that have an ID; comments are left out. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf(EVENT_END); end >= 0; end = text.indexOf(EVENT_END)) {
      const event = text.slice(0, end);
      text = text.slice(end + EVENT_END.length);
      if (EVENT.test(event)) yield event;
    }
  }
}
