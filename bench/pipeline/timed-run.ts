import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from '../support/bench-case.ts';
import type { LogFile } from '../support/log-files.ts';
import { cpuSeconds, forgetPeakRss, peakRssMb } from '../support/process-figures.ts';

export type Figures = Readonly<Record<string, number>>;

/** The figures of a process from now until it has done its work. */
export async function timed(
  input: LogFile,
  pid: number,
  work: () => Promise<unknown>,
): Promise<Figures> {
  await forgetPeakRss(pid);
  const cpuBefore = await cpuSeconds(pid);
  const startMs = performance.now();
  await work();
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = (await cpuSeconds(pid)) - cpuBefore;
  return { ...rates(input, seconds, cpu), peak_rss_mb: await peakRssMb(pid) };
}

export function rates({ bytes, lines }: LogFile, seconds: number, cpu: number): Figures {
  return {
    mb_per_s: bytes / 1e6 / seconds,
    lines_per_s: lines / seconds,
    cpu_s_per_gb: cpu / (bytes / 1e9),
  };
}

/**
 * Every run finds memory for its output. A virtual machine gives memory that nobody uses back, and
 * pays for it at the next use, which can make one run take twice as long as the next.
 */
export async function evenStart(input: LogFile, context: BenchContext): Promise<void> {
  const scratch = join(context.dir, 'scratch.log');
  await catTo(scratch, input, context);
  await rm(scratch);
}

/** `cat input > output`. */
export async function catTo(
  output: string,
  input: LogFile,
  { signal }: BenchContext,
): Promise<void> {
  await using file = await open(output, 'w');
  const child = spawn('cat', [input.path], { signal, stdio: ['ignore', file.fd, 'inherit'] });
  await once(child, 'close');
}
