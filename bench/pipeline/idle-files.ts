import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchContext } from '../support/bench-case.ts';
import { FleetProgram } from '../support/fleet-program.ts';
import { accessLine } from '../support/log-files.ts';
import { cpuSeconds, rssMb } from '../support/process-figures.ts';
import { counted } from './agent-run.ts';
import type { Figures } from './timed-run.ts';

const FILES = 1_000;
const LINES_A_FILE = 10;
/** Until what the start has left to do is done, and files that were read to their end are at rest. */
const SETTLE_MS = 8_000;
const WATCHED_MS = 20_000;

export const IDLE_FILES = `${FILES} files followed, idle`;

/** What it costs to follow many files to which nobody writes. */
export async function idleFiles(context: BenchContext): Promise<Figures> {
  const dir = await mkdtemp(join(context.dir, 'idle-'));
  const text = Array.from({ length: LINES_A_FILE }, (_, i) => `${accessLine(i)}\n`).join('');
  for (let i = 0; i < FILES; i += 1) await writeFile(join(dir, `app-${i}.log`), text);
  await using fleet = await FleetProgram.start(context, {});
  await fleet.tell('POST', '/logkit/configs/bench', {
    parser: { type: 'raw' },
    reader: { mode: 'tailx', log_path: join(dir, '*.log'), read_from: 'oldest' },
    senders: [{ sender_type: 'discard' }],
  });
  await counted(fleet, { lines: FILES * LINES_A_FILE, bytes: FILES * text.length }, context);
  await delay(SETTLE_MS, undefined, { signal: context.signal });

  const before = await cpuSeconds(fleet.pid);
  await delay(WATCHED_MS, undefined, { signal: context.signal });
  const cpu = (await cpuSeconds(fleet.pid)) - before;
  const rss = await rssMb(fleet.pid);
  await rm(dir, { recursive: true });
  return { core_percent: (cpu / WATCHED_MS) * 1e5, rss_mb: rss };
}
