import { z } from 'zod';
import { type OpenedRegistry, openRegistry } from '../shared/registry/library.ts';
import { EtcdClient } from '../shared/stores/etcd/etcd-client.ts';
import { answerQuestions } from './support/helper-side.ts';

/** A process that keeps a registry in etcd, or only puts keys there. */

const Question = z.object({
  kind: z.enum(['puts', 'register', 'renew', 'bulk']),
  url: z.string(),
  prefix: z.string(),
  seconds: z.number(),
  inFlight: z.int(),
});
type Question = z.infer<typeof Question>;

/** Instances that are renewed in turns. */
const INSTANCES = 10_000;
const SERVICE = 'bench';
/** As large as a record of an instance. */
const VALUE = 'x'.repeat(400);

answerQuestions(Question, async (question) => {
  if (question.kind === 'puts') return puts(question);
  const { url, prefix } = question;
  const registry = await openRegistry({
    store: { type: 'etcd', url },
    prefix,
    leaseTtlSeconds: 600,
  });
  try {
    return await timed(question, await workOn(registry, question));
  } finally {
    await registry.close();
  }
});

/** Gives what one call does, and how many it counts for. */
async function workOn(registry: OpenedRegistry, { kind, inFlight }: Question): Promise<Work> {
  if (kind === 'register') {
    return { weight: 1, run: (nth) => registry.register(registration(nth)) };
  }
  const ids = Array.from({ length: INSTANCES }, (_, nth) => `${SERVICE}-${nth}`);
  const left = ids.keys();
  const lay = async () => {
    for (const nth of left) await registry.register(registration(nth));
  };
  await Promise.all(Array.from({ length: inFlight }, lay));
  if (kind === 'renew')
    return { weight: 1, run: (nth) => registry.renew(`${SERVICE}-${nth % INSTANCES}`) };
  return {
    weight: INSTANCES,
    run: async () => {
      const { renewed } = await registry.registry.renewAll(ids);
      if (renewed.length !== INSTANCES) throw new Error(`only ${renewed.length} were renewed`);
    },
  };
}

function registration(nth: number) {
  return { id: `${SERVICE}-${nth}`, name: SERVICE, address: '127.0.0.1:80' };
}

async function puts(question: Question) {
  const client = new EtcdClient({ hosts: [question.url] });
  try {
    return await timed(question, {
      weight: 1,
      run: (nth) =>
        client.transact({
          compares: [],
          writes: [{ op: 'put', key: `${question.prefix}/${nth}`, value: VALUE, lease: 0n }],
          otherwise: [],
        }),
    });
  } finally {
    client.close();
  }
}

interface Work {
  /** What one run counts for. */
  readonly weight: number;
  readonly run: (nth: number) => Promise<unknown>;
}

/** Runs it again and again, so many at once (of what is in bulk one), for so long. */
async function timed({ seconds, inFlight }: Question, { weight, run }: Work) {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  let [next, done] = [0, 0];
  const lane = async () => {
    while (performance.now() < endMs) {
      await run(next++);
      done += weight;
    }
  };
  await Promise.all(Array.from({ length: weight > 1 ? 1 : inFlight }, lane));
  return { done, seconds: (performance.now() - startMs) / 1_000 };
}
