import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import { freePort } from '../support/free-port.ts';
import { Helper } from '../support/helper.ts';
import { httpLoad, type PreparedLoad } from '../support/http-load.ts';
import type { Part, Subject } from '../support/part.ts';
import { cpuSeconds } from '../support/process-figures.ts';
import { idsOf, RegistryProgram } from './registry-program.ts';

const CONNECTIONS = 64;
const SECONDS = 4;
/** The one that is held against the floor, and those that show that it does not matter how many there are. */
const INSTANCES = { some: 10_000, few: 100, many: 100_000 } as const;
const RATIO_MIN = 0.5;
const GROWTH_MAX = 1.2;

const BARE = `bare node:http and a Map, ${INSTANCES.some} instances`;

/** A server under load: the program, or what it is compared with. */
interface Server {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly load: PreparedLoad;
  readonly renewals: () => Promise<number>;
}

/** How many renewals a second a master takes over HTTP, each with a token. */
export async function renewalsPart(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Part> {
  const { some, few, many } = INSTANCES;
  const servers = [await bare(some, context, cleanup)];
  for (const instances of [some, few, many]) {
    servers.push(await master(instances, context, cleanup));
  }
  const figure = 'requests_per_s';
  return {
    subjects: servers.map(subjectOf),
    ratios: [
      { figure, of: nameOf(some), to: BARE, target: { at_least: RATIO_MIN } },
      { figure, of: nameOf(few), to: nameOf(many), target: { at_most: GROWTH_MAX } },
    ],
  };
}

function subjectOf(server: Server): Subject {
  return { name: server.name, run: () => renewAt(server) };
}

/** One run of the load; every renewal that it counts must have been taken. */
async function renewAt({ name, url, pid, load, renewals }: Server) {
  const before = await renewals();
  const cpuBefore = await cpuSeconds(pid);
  const figures = await load.run({ url, connections: CONNECTIONS, seconds: SECONDS });
  const cpu = (await cpuSeconds(pid)) - cpuBefore;
  const taken = (await renewals()) - before;
  const { requests, seconds, errors, p99_ms } = figures;
  // What was in flight when the load ended is taken and not counted by it.
  if (errors > 0 || taken < requests || taken > requests + CONNECTIONS) {
    throw new Error(`${name}: of ${requests} renewals it took ${taken}; ${errors} failed`);
  }
  return {
    requests_per_s: requests / seconds,
    p99_ms,
    server_cpu_us_a_request: (cpu * 1e6) / requests,
  };
}

function nameOf(instances: number): string {
  return `master, ${instances} instances`;
}

async function master(
  instances: number,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Server> {
  context.say(`registering ${instances} instances`);
  const program = cleanup.use(await RegistryProgram.start(instances, context));
  const { url, pid, token } = program;
  const load = await prepared(instances, token, context);
  return { name: nameOf(instances), url, pid, load, renewals: () => program.renewals() };
}

async function bare(
  instances: number,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Server> {
  const helper = cleanup.use(new Helper('bare-renew.process.ts', context));
  const port = await freePort();
  await helper.ask({ ask: 'listen', port, ids: idsOf(instances) }, z.object({}));
  const load = await prepared(instances, 'a-token-that-nobody-looks-at', context);
  const url = `http://127.0.0.1:${port}`;
  const count = async () => (await helper.ask({ ask: 'count' }, Count)).renewals;
  return { name: BARE, url, pid: helper.pid, load, renewals: count };
}

const Count = z.object({ renewals: z.int() });

/** As many requests whatever there are of instances, so that the load costs its sender the same. */
async function prepared(instances: number, token: string, context: BenchContext) {
  const http = await httpLoad(context);
  const ids = idsOf(instances);
  const requests = Array.from({ length: INSTANCES.many }, (_, nth) => {
    const path = `/registry/services/${ids[nth % instances] ?? ''}/renew`;
    return { method: 'PUT', path, body: '', token } as const;
  });
  return http.prepare(requests);
}
