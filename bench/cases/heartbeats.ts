import { z } from 'zod';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { FleetProgram } from '../support/fleet-program.ts';
import { freePort } from '../support/free-port.ts';
import { Helper } from '../support/helper.ts';
import { httpLoad, type LoadFigures, type PreparedLoad } from '../support/http-load.ts';
import { Measurements } from '../support/measurements.ts';
import { cpuSeconds } from '../support/process-figures.ts';

const AGENTS = 10_000;
const CONNECTIONS = 64;
const ROUNDS = 5;
const SECONDS = 4;
/** Long enough that every agent is known and the code is compiled. */
const WARM_UP_SECONDS = 3;
const SECRET = 'a-secret-of-the-bench';

const MASTER = 'master';
const GUARDED = 'master with cluster.secret';
const BARE = 'bare node:http';

/** A server under load: the program, or what it is compared with. */
interface Subject {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly load: PreparedLoad;
  /** Agents it knows, and heartbeats it took so far. */
  readonly count: () => Promise<Count>;
}

const Count = z.object({ agents: z.int(), heartbeats: z.int() });
type Count = z.infer<typeof Count>;

/** How many heartbeats a second a master takes, against a server that does nothing else. */
export const heartbeats: BenchCase = { name: 'heartbeats', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  const http = await httpLoad(context);
  const plain = await http.prepare(heartbeatsWith(''));
  const signed = await http.prepare(heartbeatsWith(SECRET));
  await using cleanup = new AsyncDisposableStack();
  const subjects = [
    { ...(await master('', context, cleanup)), load: plain },
    { ...(await bare(context, cleanup)), load: plain },
    { ...(await master(SECRET, context, cleanup)), load: signed },
  ];
  const measurements = new Measurements();

  for (const subject of subjects) await beat(subject, WARM_UP_SECONDS);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const subject of subjects) {
      const figures = await beat(subject, SECONDS);
      measurements.add(subject.name, figures);
      const perSecond = Math.round(figures.requests_per_s);
      context.say(`round ${round}/${ROUNDS}: ${subject.name}: ${perSecond} requests/s`);
    }
  }

  const figure = 'requests_per_s';
  return {
    settings: {
      agents: AGENTS,
      connections: CONNECTIONS,
      seconds_a_round: SECONDS,
      load: http.name,
    },
    rows: measurements.rows(),
    ratios: [
      measurements.ratio({ figure, of: MASTER, to: BARE, target: { at_least: 0.7 } }),
      measurements.ratio({ figure, of: GUARDED, to: BARE }),
    ],
    notes: http.name === 'wrk' ? [] : ['wrk is missing: a client of our own made the load'],
  };
}

/** What each of the agents sends. */
function heartbeatsWith(token: string) {
  return Array.from({ length: AGENTS }, (_, i) => ({
    ...({ method: 'POST', path: '/logkit/cluster/register', token } as const),
    body: JSON.stringify({ url: `http://10.0.${i >> 8}.${i & 255}:4000`, tag: 'web' }),
  }));
}

/** One run of the load; every heartbeat it counts must have been taken. */
async function beat(subject: Subject, seconds: number) {
  const { name, url, pid, load } = subject;
  const before = await subject.count();
  const cpuBefore = await cpuSeconds(pid);
  const figures = await load.run({ url, connections: CONNECTIONS, seconds });
  const cpu = (await cpuSeconds(pid)) - cpuBefore;
  const after = await subject.count();

  requireAllTaken(name, figures, { ...after, heartbeats: after.heartbeats - before.heartbeats });
  return {
    requests_per_s: figures.requests / figures.seconds,
    p99_ms: figures.p99_ms,
    server_cpu_us_a_request: (cpu * 1e6) / figures.requests,
  };
}

function requireAllTaken(name: string, { requests, errors }: LoadFigures, taken: Count): void {
  // What was in flight when the load ended is taken and not counted by it.
  const isTaken = taken.heartbeats >= requests && taken.heartbeats <= requests + CONNECTIONS;
  if (errors === 0 && isTaken && taken.agents === AGENTS) return;
  throw new Error(
    `${name}: of ${requests} heartbeats of ${AGENTS} agents it took ${taken.heartbeats} ` +
      `of ${taken.agents}; ${errors} failed`,
  );
}

async function master(
  secret: string,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Omit<Subject, 'load'>> {
  const cluster = { enable: true, is_master: true, ...(secret !== '' && { secret }) };
  const fleet = cleanup.use(await FleetProgram.start(context, cluster));
  const name = secret === '' ? MASTER : GUARDED;
  return { name, url: fleet.url, pid: fleet.pid, count: () => countAt(fleet) };
}

const HEARTBEATS_TOTAL = /^logkit_fleet_heartbeats_total (\d+)$/m;
const OK_SLAVES = /^logkit_fleet_slaves\{status="ok"\} (\d+)$/m;

async function countAt(fleet: FleetProgram): Promise<Count> {
  const metrics = await fleet.tell('GET', '/metrics');
  const figure = (pattern: RegExp) => Number(pattern.exec(metrics)?.[1]);
  return Count.parse({ agents: figure(OK_SLAVES), heartbeats: figure(HEARTBEATS_TOTAL) });
}

async function bare(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Omit<Subject, 'load'>> {
  const helper = cleanup.use(new Helper('bare-register.process.ts', context));
  const port = await freePort();
  await helper.ask({ ask: 'listen', port }, z.object({}));
  const count = () => helper.ask({ ask: 'count' }, Count);
  return { name: BARE, url: `http://127.0.0.1:${port}`, pid: helper.pid, count };
}
