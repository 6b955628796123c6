import { get } from 'node:http';
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

const EVENT_END = '\n\n';

/** What is waited for now: how long after it was asked for each watcher hears of it. */
interface Expected {
  readonly text: string;
  readonly askedMs: number;
  readonly heard: (latencyMs: number) => void;
}

answerQuestions(Question, async (question) => {
  const { service, watchers, registrations } = question;
  const ears = new Ears();
  const stops = await Promise.all(Array.from({ length: watchers }, () => watch(question, ears)));
  const latenciesMs: number[] = [];
  for (let nth = 0; nth < registrations; nth += 1) {
    const id = `${service}-${nth}`;
    const all = Promise.withResolvers<undefined>();
    let left = watchers;
    ears.expected = {
      ...{ text: `"id":"${id}"`, askedMs: performance.now() },
      heard: (latencyMs) => {
        latenciesMs.push(latencyMs);
        left -= 1;
        if (left === 0) all.resolve(undefined);
      },
    };
    await register(question, id);
    await all.promise;
  }
  for (const stop of stops) stop();
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { heard: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99) };
});

class Ears {
  expected: Expected | null = null;

  hear(event: string): void {
    const { expected } = this;
    if (expected !== null && event.includes(expected.text)) {
      expected.heard(performance.now() - expected.askedMs);
    }
  }
}

async function register({ url, token, service }: Question, id: string): Promise<void> {
  const answer = await fetch(`${url}/registry/services`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id, name: service, address: '127.0.0.1:80' }),
  });
  if (!answer.ok) throw new Error(`a registration was answered with ${answer.status}`);
  await answer.text();
}

/** Resolves once the snapshot is there, with what ends it. */
function watch({ url, token, service }: Question, ears: Ears): Promise<() => void> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  return new Promise((resolve, reject) => {
    const request = get(`${url}/registry/watch/${service}`, { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (let end = text.indexOf(EVENT_END); end >= 0; end = text.indexOf(EVENT_END)) {
          const event = text.slice(0, end);
          text = text.slice(end + EVENT_END.length);
          if (event.startsWith('event: snapshot')) resolve(() => request.destroy());
          else ears.hear(event);
        }
      });
      answer.on('error', () => undefined);
    });
    request.on('error', reject);
  });
}
