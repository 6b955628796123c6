import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import { FleetProgram } from '../support/fleet-program.ts';
import { Helper } from '../support/helper.ts';
import type { LogFile } from '../support/log-files.ts';
import { SOURCE_LAUNCHER } from '../support/packed-program.ts';
import { rssMb } from '../support/process-figures.ts';
import { waitUntil } from '../support/wait-until.ts';
import type { Route } from './route.ts';
import { evenStart, type Figures, timed } from './timed-run.ts';

const SETTLE_MS = 1_500;
const PROBE_EVERY_MS = 5;
const COUNTED_POLL_MS = 5;
const COUNTED_MS_MAX = 10_000;

/** From the moment a runner is added to an agent that runs already, until its sink has every line. */
export async function agentRun(
  route: Route,
  input: LogFile,
  context: BenchContext,
): Promise<Figures> {
  const launcher = route.fromSource === true ? SOURCE_LAUNCHER : context.launcher;
  const cluster = route.isMaster === true ? { enable: true, is_master: true } : {};
  await using sink = await route.openSink(input, context);
  await using fleet = await FleetProgram.start({ ...context, launcher }, cluster);
  await using probe = route.isMaster === true ? await probing(fleet, context) : null;
  const runner = {
    ...route.runner,
    reader: { mode: 'file', log_path: input.path, read_from: 'oldest' },
    senders: [sink.sender],
  };

  // A moment after its start it gives back what that took, once, and stands still for it.
  await delay(SETTLE_MS, undefined, { signal: context.signal });
  await evenStart(input, context);
  const idleMb = await rssMb(fleet.pid);
  await probe?.begin();
  const figures = await timed(input, fleet.pid, async () => {
    await fleet.tell('POST', '/logkit/configs/bench', runner);
    await sink.arrival().catch(async (cause: unknown) => {
      const status = await fleet.tell('GET', '/logkit/status');
      throw new Error(`the runner did not get through: ${status}`, { cause });
    });
  });
  const heartbeats = await probe?.end();
  await counted(fleet, input, context);
  await sink.check();
  return { ...figures, idle_rss_mb: idleMb, ...heartbeats };
}

const Delays = z.object({
  heartbeat_p50_ms: z.number(),
  heartbeat_p99_ms: z.number(),
  heartbeat_max_ms: z.number(),
});

/** A process that sends the master a heartbeat every few milliseconds. */
async function probing({ url }: FleetProgram, context: BenchContext) {
  const helper = new Helper('heartbeat-probe.process.ts', context);
  await helper.ask({ ask: 'ready' }, z.object({}));
  return {
    begin: () => helper.ask({ ask: 'begin', url, every_ms: PROBE_EVERY_MS }, z.object({})),
    end: () => helper.ask({ ask: 'end' }, Delays),
    [Symbol.asyncDispose]: () => helper[Symbol.asyncDispose](),
  };
}

const Status = z.object({
  data: z.object({ bench: z.object({ readDataCount: z.int(), readDataSize: z.int() }) }),
});

/** The last batch is committed when the runner counts it. */
export function counted(
  fleet: FleetProgram,
  { bytes, lines }: Pick<LogFile, 'bytes' | 'lines'>,
  { signal }: BenchContext,
): Promise<void> {
  const isCounted = async () => {
    const status = Status.parse(JSON.parse(await fleet.tell('GET', '/logkit/status')));
    const { readDataCount, readDataSize } = status.data.bench;
    return readDataCount === lines && readDataSize === bytes;
  };
  const what = `the runner to count ${lines} lines`;
  const pace = { everyMs: COUNTED_POLL_MS, atMostMs: COUNTED_MS_MAX };
  return waitUntil(isCounted, { what, ...pace, signal });
}
