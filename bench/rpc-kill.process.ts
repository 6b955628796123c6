import { z } from 'zod';
import { KillLoad } from './rpc/kill-load.ts';
import { CALLERS, CONFIG, WATCHED_MS } from './rpc/kill-settings.ts';
import { greeterClient, Over, serveGreeter } from './rpc/ours.ts';
import { answerQuestions } from './support/helper-side.ts';

/** A server that is killed (or not), or the client that calls it and the others meanwhile. */

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('serve'), over: Over, port: z.int() }),
  z.object({ ask: z.literal('begin'), over: Over, addresses: z.array(z.string()).min(1) }),
  z.object({ ask: z.literal('end'), killedMs: z.number(), backMs: z.number() }),
]);

let load: KillLoad | null = null;

answerQuestions(Question, async (question) => {
  switch (question.ask) {
    case 'serve':
      return { address: await serveGreeter(question.over, question.port) };
    case 'begin': {
      const { over, addresses } = question;
      const call = await greeterClient(over, { ...CONFIG, ServerAddresses: addresses });
      load = new KillLoad(call, addresses[0] ?? '', CALLERS);
      return {};
    }
    case 'end':
      if (load === null) throw new Error('nothing has begun');
      return load.end(question, WATCHED_MS);
  }
});
