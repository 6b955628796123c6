import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { answerQuestions } from './support/helper-side.ts';

/**
 * Many agents in one process, each on a port of its own: they send heartbeats, answer commands as
 * agents do, and remember what they were told.
 */

const HEARTBEAT_MS = 15_000;
const KEEP_ALIVE_MS = 65_000;
const DONE = '{"code":"L200"}';
const HEADERS = {
  'Content-Type': 'application/json; charset=UTF-8',
  'Content-Length': DONE.length,
};

/** `hang`: never answers. `reset`: ends the connection without a word. */
const Manner = z.enum(['answer', 'hang', 'reset']);

interface SimulatedAgent {
  url: string;
  manner: z.infer<typeof Manner>;
}

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('start'), agents: z.int(), master: z.string() }),
  z.object({ ask: z.literal('behave'), index: z.int(), manner: Manner }),
  z.object({ ask: z.literal('told'), path: z.string(), bytes: z.int() }),
]);

const agents: SimulatedAgent[] = [];
/** By path: the agents that were told so, each as often as it was. */
const told = new Map<string, { readonly url: string; readonly bytes: number }[]>();
/** When an agent was last told something, by the clock that all processes share. */
let lastToldNs = 0n;
const client = new Agent({ connections: 16 });

answerQuestions(Question, async (question) => {
  switch (question.ask) {
    case 'start':
      await start(question.agents, question.master);
      return {};
    case 'behave': {
      const agent = agents[question.index];
      if (agent !== undefined) agent.manner = question.manner;
      return {};
    }
    case 'told': {
      const right = (told.get(question.path) ?? []).filter(({ bytes }) => bytes === question.bytes);
      const urls = right.map(({ url }) => url);
      told.clear();
      return { times: urls.length, agents: new Set(urls).size, lastMs: Number(lastToldNs) / 1e6 };
    }
  }
});

async function start(count: number, master: string): Promise<void> {
  for (let i = 0; i < count; i += 1) agents.push(await listen());
  for (const [index, agent] of agents.entries()) {
    await beat(agent, master);
    // The fleet's heartbeats are spread over their interval.
    setTimeout(
      () => setInterval(() => void beat(agent, master), HEARTBEAT_MS),
      (index / count) * HEARTBEAT_MS,
    );
  }
}

async function listen(): Promise<SimulatedAgent> {
  const agent: SimulatedAgent = { url: '', manner: 'answer' };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, response) =>
    serve(agent, incoming, response),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  agent.url = `http://127.0.0.1:${address.port}`;
  return agent;
}

function serve(agent: SimulatedAgent, incoming: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  incoming.on('end', () => {
    if (agent.manner === 'hang') return;
    if (agent.manner === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    note(incoming.url ?? '', agent.url, bytes);
    response.writeHead(200, HEADERS);
    response.end(DONE);
  });
}

function note(path: string, url: string, bytes: number): void {
  const others = told.get(path);
  if (others === undefined) told.set(path, [{ url, bytes }]);
  else others.push({ url, bytes });
  lastToldNs = process.hrtime.bigint();
}

async function beat({ url }: SimulatedAgent, master: string): Promise<void> {
  const answer = await request(`${master}/logkit/cluster/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, tag: 'bench' }),
    dispatcher: client,
  });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`the master answered ${answer.statusCode}`);
}
