import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { FleetProgram } from '../support/fleet-program.ts';
import { installed } from '../support/installed.ts';
import {
  accessLine,
  jsonLine,
  type LogFile,
  requireRawJson,
  writeLogFile,
} from '../support/log-files.ts';
import { Measurements } from '../support/measurements.ts';
import { cpuSeconds, endedChildrenCpuSeconds, peakRssMb } from '../support/process-figures.ts';
import { RSYSLOG_HELD_BYTES_MAX, Rsyslog } from '../support/rsyslog.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROUNDS = 5;
const MEGABYTES = Number(process.env['BENCH_MB'] ?? 500);
const POLL_MS = 5;
/** Slower than 5 MB/s is stuck. */
const MS_MAX = 30_000 + MEGABYTES * 200;

const RAW = 'raw lines -> file';
const RAW_TO_JSON = 'raw lines -> JSON';
const JSON_TO_FILE = 'JSON -> file';
const CAT = 'cat f > g';
const RSYSLOG = 'rsyslog, raw lines';

type Figures = Readonly<Record<string, number>>;

/** One way to get the lines of one file into another; the figures of one run. */
interface Subject {
  readonly name: string;
  readonly run: () => Promise<Figures>;
}

/** What a runner is told, and what has to come of it. */
interface Job {
  readonly input: LogFile;
  readonly parser: Readonly<Record<string, string>>;
  readonly sender: Readonly<Record<string, string>>;
  readonly outputBytes: number;
  readonly verify: (output: string) => Promise<void>;
}

/** How fast the lines of a file get through a whole agent, checkpoints and all. */
export const pipeline: BenchCase = { name: 'pipeline', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  if (!(MEGABYTES > 0)) throw new Error('BENCH_MB is no number of megabytes above 0');
  const raw = await writeLogFile(join(context.dir, 'raw.log'), MEGABYTES * 1e6, accessLine);
  const json = await writeLogFile(join(context.dir, 'json.log'), MEGABYTES * 1e6, jsonLine);
  context.say(`${raw.lines} raw lines and ${json.lines} JSON lines, ${MEGABYTES} MB each`);
  const rsyslogd = await installed('rsyslogd', 'rsyslog', context);
  const subjects = [
    agent(RAW, rawJob(raw), context),
    { name: CAT, run: () => cat(raw, context) },
    ...(rsyslogd === null ? [] : [{ name: RSYSLOG, run: () => rsyslog(rsyslogd, raw, context) }]),
    agent(RAW_TO_JSON, rawToJsonJob(raw), context),
    agent(JSON_TO_FILE, jsonJob(json), context),
  ];

  const measurements = new Measurements();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const { name, run: runOnce } of subjects) {
      const figures = await runOnce();
      measurements.add(name, figures);
      const mbPerSecond = Math.round(figures['mb_per_s'] ?? 0);
      context.say(`round ${round}/${ROUNDS}: ${name}: ${mbPerSecond} MB/s`);
    }
  }
  return outcome(measurements, raw);
}

function outcome(measurements: Measurements, { bytes, lines }: LogFile): CaseOutcome {
  const figure = 'mb_per_s';
  const isPeerThere = measurements.has(RSYSLOG);
  return {
    settings: { megabytes: MEGABYTES, bytes_a_line: Math.round(bytes / lines) },
    rows: measurements.rows(),
    ratios: [
      measurements.ratio({ figure, of: RAW, to: CAT }),
      ...(isPeerThere
        ? [
            measurements.ratio({ figure, of: RAW, to: RSYSLOG, target: { at_least: 1 } }),
            measurements.ratio({ figure: 'cpu_s_per_gb', of: RAW, to: RSYSLOG }),
          ]
        : []),
    ],
    notes: isPeerThere ? [] : ['rsyslog is missing: it was not compared with'],
  };
}

function rawJob(input: LogFile): Job {
  return {
    input,
    parser: { type: 'raw' },
    sender: { file_write_raw: 'true' },
    outputBytes: input.bytes,
    verify: (output) => requireSame(input.path, output),
  };
}

function rawToJsonJob(input: LogFile): Job {
  return {
    input,
    parser: { type: 'raw' },
    sender: {},
    outputBytes: input.rawJsonBytes,
    verify: async (output) => requireRawJson(input, output),
  };
}

/** Its lines are written as JSON.stringify writes, so that they come out as they went in. */
function jsonJob(input: LogFile): Job {
  return {
    input,
    parser: { type: 'json' },
    sender: {},
    outputBytes: input.bytes,
    verify: (output) => requireSame(input.path, output),
  };
}

function agent(name: string, job: Job, context: BenchContext): Subject {
  return { name, run: () => collect(job, context) };
}

/** From the moment a runner is added to one that runs already, until its sink has every byte. */
async function collect(job: Job, context: BenchContext): Promise<Figures> {
  await using fleet = await FleetProgram.start(context, {});
  const output = join(fleet.dir, 'out.log');
  const runner = {
    reader: { mode: 'file', log_path: job.input.path, read_from: 'oldest' },
    parser: job.parser,
    senders: [{ sender_type: 'file', file_send_path: output, ...job.sender }],
  };

  await evenStart(job.input, context);
  const memoryBefore = await peakRssMb(fleet.pid);
  const cpuBefore = await cpuSeconds(fleet.pid);
  const startMs = performance.now();
  await fleet.tell('POST', '/logkit/configs/bench', runner);
  await untilSize(output, job.outputBytes, context).catch(async (cause: unknown) => {
    const status = await fleet.tell('GET', '/logkit/status');
    throw new Error(`the runner did not get through: ${status}`, { cause });
  });
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = (await cpuSeconds(fleet.pid)) - cpuBefore;
  const memory = { peak_rss_mb: await peakRssMb(fleet.pid), idle_rss_mb: memoryBefore };

  await untilCounted(fleet, job.input, context);
  await job.verify(output);
  await rm(output);
  return { ...figuresOf(job.input, seconds, cpu), ...memory };
}

async function cat(input: LogFile, context: BenchContext): Promise<Figures> {
  const output = join(context.dir, 'cat.log');
  await evenStart(input, context);
  const cpuBefore = await endedChildrenCpuSeconds();
  const startMs = performance.now();
  await copy(input.path, output, context);
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = (await endedChildrenCpuSeconds()) - cpuBefore;

  await requireSame(input.path, output);
  await rm(output);
  return figuresOf(input, seconds, cpu);
}

async function copy(from: string, to: string, { signal }: BenchContext): Promise<void> {
  await using file = await open(to, 'w');
  const child = spawn('cat', [from], { signal, stdio: ['ignore', file.fd, 'inherit'] });
  await once(child, 'close');
}

/**
 * Every run finds memory for its output. A virtual machine gives memory that nobody uses back, and
 * pays for it at the next use, which can make one run take twice as long as the next.
 */
async function evenStart(input: LogFile, context: BenchContext): Promise<void> {
  const scratch = join(context.dir, 'scratch.log');
  await copy(input.path, scratch, context);
  await rm(scratch);
}

/** From the moment the file is there until all but what it holds back is in the sink. */
async function rsyslog(command: string, input: LogFile, context: BenchContext): Promise<Figures> {
  await using peer = await Rsyslog.start(command, context);
  await evenStart(input, context);
  const cpuBefore = await cpuSeconds(peer.pid);
  const startMs = performance.now();
  await peer.feed(input);
  await untilSize(peer.out, input.bytes - RSYSLOG_HELD_BYTES_MAX, context);
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = (await cpuSeconds(peer.pid)) - cpuBefore;
  const memory = { peak_rss_mb: await peakRssMb(peer.pid) };

  await peer.stop();
  await requireSame(input.path, peer.out);
  await rm(peer.out);
  return { ...figuresOf(input, seconds, cpu), ...memory };
}

function figuresOf({ bytes, lines }: LogFile, seconds: number, cpu: number): Figures {
  return {
    mb_per_s: bytes / 1e6 / seconds,
    lines_per_s: lines / seconds,
    cpu_s_per_gb: cpu / (bytes / 1e9),
  };
}

function untilSize(path: string, bytes: number, { signal }: BenchContext): Promise<void> {
  const isThere = () =>
    stat(path).then(
      ({ size }) => size >= bytes,
      () => false,
    );
  const what = `${path} to have ${bytes} bytes`;
  return waitUntil(isThere, { what, everyMs: POLL_MS, atMostMs: MS_MAX, signal });
}

const Status = z.object({
  data: z.object({ bench: z.object({ readDataCount: z.int(), readDataSize: z.int() }) }),
});

/** The last batch is committed when the runner counts it. */
function untilCounted(
  fleet: FleetProgram,
  { bytes, lines }: LogFile,
  { signal }: BenchContext,
): Promise<void> {
  const isCounted = async () => {
    const status = Status.parse(JSON.parse(await fleet.tell('GET', '/logkit/status')));
    const { readDataCount, readDataSize } = status.data.bench;
    return readDataCount === lines && readDataSize === bytes;
  };
  const what = `the runner to count ${lines} lines`;
  return waitUntil(isCounted, { what, everyMs: POLL_MS, atMostMs: 10_000, signal });
}

async function requireSame(input: string, output: string): Promise<void> {
  await execute('cmp', [input, output]);
}

const execute = promisify(execFile);
