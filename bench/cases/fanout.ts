import { z } from 'zod';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { FleetProgram } from '../support/fleet-program.ts';
import { Helper } from '../support/helper.ts';
import { Measurements } from '../support/measurements.ts';
import { cpuSeconds } from '../support/process-figures.ts';

const HELPERS = 2;
const AGENTS_A_HELPER = 500;
const AGENTS = HELPERS * AGENTS_A_HELPER;
const WARM_UP_ROUNDS = 10;
const ROUNDS = 15;
const FAULTY_ROUNDS = 5;
const WRITE_TIMEOUT_MS = 2_000;
/** What the answer may take beyond the time-out of the agent that hangs. */
const WRITE_TIMEOUT_FACTOR = 1.25;

const MASTER = 'master';
const BARE = 'bare undici';
const FAULTY = 'master, 1 agent hung, 1 resetting';

/** About 2 KB, all of its options texts, as agents take them. */
const RUNNER = {
  reader: { mode: 'file', log_path: '/var/log/app/current.log', read_from: 'oldest' },
  parser: { type: 'raw', labels: 'team shop, service catalogue' },
  transforms: Array.from({ length: 12 }, (_, i) => ({
    type: 'label',
    key: `label_${i}`,
    value: 'v'.repeat(80),
  })),
  senders: [{ sender_type: 'file', file_send_path: '/srv/out/app.log', file_write_raw: 'true' }],
};
const BODY = JSON.stringify(RUNNER);

interface Fleet {
  readonly master: FleetProgram;
  readonly agents: readonly Helper[];
  readonly bare: Helper;
  readonly urls: readonly string[];
}

/** How fast a master tells a thousand agents, and whom two bad ones among them harm. */
export const fanout: BenchCase = { name: 'fanout', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  await using cleanup = new AsyncDisposableStack();
  const fleet = await start(context, cleanup);
  context.say(`${AGENTS} agents are there`);
  const measurements = new Measurements();

  for (let round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round += 1) {
    const master = await byMaster(fleet, `m${round}`);
    const bare = await byUndici(fleet, `b${round}`);
    if (round < 1) continue;
    measurements.add(MASTER, master);
    measurements.add(BARE, bare);
    const ours = master.wall_ms.toFixed(1);
    context.say(`round ${round}/${ROUNDS}: ${ours} ms, bare undici ${bare.wall_ms.toFixed(1)} ms`);
  }
  for (let round = 1; round <= FAULTY_ROUNDS; round += 1) {
    const faulty = await withFaults(fleet, `f${round}`);
    measurements.add(FAULTY, faulty);
    const { wall_ms: wallMs, others_ms: othersMs } = faulty;
    const text = `answered after ${wallMs.toFixed(0)} ms, the others after ${othersMs.toFixed(0)} ms`;
    context.say(`round ${round}/${FAULTY_ROUNDS}: with two bad agents: ${text}`);
  }

  const figure = 'wall_ms';
  const limitMs = WRITE_TIMEOUT_MS * WRITE_TIMEOUT_FACTOR;
  return {
    settings: { agents: AGENTS, body_bytes: BODY.length, write_timeout_ms: WRITE_TIMEOUT_MS },
    rows: measurements.rows(),
    ratios: [
      measurements.ratio({ figure, of: MASTER, to: BARE, target: { at_most: 2 } }),
      measurements.ratio({ figure, of: FAULTY, target: { at_most: limitMs } }),
    ],
    notes: [],
  };
}

const Slaves = z.object({ data: z.array(z.object({ url: z.string(), status: z.string() })) });

async function start(context: BenchContext, cleanup: AsyncDisposableStack): Promise<Fleet> {
  const timeouts = { read: WRITE_TIMEOUT_MS, write: WRITE_TIMEOUT_MS };
  const cluster = { enable: true, is_master: true, timeout_ms: timeouts };
  const master = cleanup.use(await FleetProgram.start(context, cluster));
  const agents = Array.from({ length: HELPERS }, () =>
    cleanup.use(new Helper('fleet-agents.process.ts', context)),
  );
  const question = { ask: 'start', agents: AGENTS_A_HELPER, master: master.url };
  await Promise.all(agents.map((helper) => helper.ask(question, z.object({}))));
  const bare = cleanup.use(new Helper('bare-fanout.process.ts', context));

  const answer = await master.tell('GET', '/logkit/cluster/slaves');
  const slaves = Slaves.parse(JSON.parse(answer)).data;
  const urls = slaves.filter(({ status }) => status === 'ok').map(({ url }) => url);
  if (urls.length !== AGENTS) throw new Error(`the master knows ${urls.length} agents as ok`);
  return { master, agents, bare, urls };
}

async function byMaster(fleet: Fleet, name: string) {
  const { master } = fleet;
  const cpuBefore = await cpuSeconds(master.pid);
  const startMs = performance.now();
  await master.tell('POST', `/logkit/cluster/configs/${name}`, RUNNER);
  const wallMs = performance.now() - startMs;
  const cpu = (await cpuSeconds(master.pid)) - cpuBefore;
  await requireTold(fleet, name, AGENTS);
  return { wall_ms: wallMs, cpu_us_a_call: (cpu * 1e6) / AGENTS };
}

const BareAnswer = z.object({ wallMs: z.number() });

async function byUndici(fleet: Fleet, name: string) {
  const { bare, urls } = fleet;
  const cpuBefore = await cpuSeconds(bare.pid);
  const question = { urls, path: pathOf(name), body: BODY };
  const { wallMs } = await bare.ask(question, BareAnswer);
  const cpu = (await cpuSeconds(bare.pid)) - cpuBefore;
  await requireTold(fleet, name, AGENTS);
  return { wall_ms: wallMs, cpu_us_a_call: (cpu * 1e6) / AGENTS };
}

const PartialFailure = z.object({
  code: z.literal('L2006'),
  data: z.object({
    applied: z.array(z.string()),
    failed: z.array(z.object({ outcome: z.literal('unknown') })),
  }),
});

async function withFaults(fleet: Fleet, name: string) {
  await behave(fleet, ['hang', 'reset']);
  const startMs = Number(process.hrtime.bigint()) / 1e6;
  const { text } = await fleet.master.ask('POST', `/logkit/cluster/configs/${name}`, RUNNER);
  const wallMs = Number(process.hrtime.bigint()) / 1e6 - startMs;
  await behave(fleet, ['answer', 'answer']);

  const { applied, failed } = PartialFailure.parse(JSON.parse(text)).data;
  if (applied.length !== AGENTS - 2 || failed.length !== 2) {
    throw new Error(`applied by ${applied.length}, failed at ${failed.length} of ${AGENTS} agents`);
  }
  const lastMs = await requireTold(fleet, name, AGENTS - 2);
  return { wall_ms: wallMs, others_ms: lastMs - startMs, applied: applied.length };
}

/** How the first agents of the first helper answer from now on. */
async function behave({ agents }: Fleet, manners: readonly string[]): Promise<void> {
  for (const [index, manner] of manners.entries()) {
    await agents[0]?.ask({ ask: 'behave', index, manner }, z.object({}));
  }
}

const Told = z.object({ times: z.int(), agents: z.int(), lastMs: z.number() });

/** Each of so many agents was told once, whole; gives when the last one was (monotonic ms). */
async function requireTold({ agents }: Fleet, name: string, wanted: number): Promise<number> {
  const question = { ask: 'told', path: pathOf(name), bytes: BODY.length };
  const told = await Promise.all(agents.map((helper) => helper.ask(question, Told)));
  const sum = (figure: 'times' | 'agents') => told.reduce((all, one) => all + one[figure], 0);
  if (sum('agents') !== wanted || sum('times') !== wanted) {
    throw new Error(
      `${name}: ${sum('agents')} of ${wanted} agents were told, ${sum('times')} times together`,
    );
  }
  return Math.max(...told.map(({ lastMs }) => lastMs));
}

function pathOf(name: string): string {
  return `/logkit/configs/${name}`;
}
