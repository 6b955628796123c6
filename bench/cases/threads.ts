import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { accessLine } from '../support/log-files.ts';
import { Measurements } from '../support/measurements.ts';
import { accessParser, type Form } from '../support/parsing.ts';
import { rounds } from '../support/run-size.ts';

const BATCH_BYTES = 2 * 1024 * 1024;
const BATCHES = 100;
const WARM_UP_BATCHES = 40;
/** One is parsed while the next is on its way. */
const BATCHES_AHEAD = 2;
const FORMS: readonly Form[] = ['bytes', 'objects'];

/** Parses a batch and gives its memory back. */
type Parse = (lines: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;

/** What it would bring to parse in a thread of its own, and what it would cost. */
export const threads: BenchCase = { name: 'threads', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  const measurements = new Measurements();
  for (let round = 1; round <= rounds(); round += 1) {
    for (const form of FORMS) {
      const parse = accessParser(form);
      const here: Parse = async (lines) => {
        parse(lines);
        return lines;
      };
      measurements.add(rowOf(form, 'in the main thread'), await timed(here, 1));
      measurements.add(rowOf(form, 'in a worker thread'), await timedInWorker(form));
      context.say(`round ${round}/${rounds()}: ${form}`);
    }
  }
  return {
    settings: { batch_bytes: BATCH_BYTES, batches: BATCHES },
    rows: measurements.rows(),
    ratios: FORMS.flatMap((form) =>
      ['mb_per_s', 'cpu_s_per_gb'].map((figure) =>
        measurements.ratio({
          ...{ figure, of: rowOf(form, 'in a worker thread') },
          to: rowOf(form, 'in the main thread'),
        }),
      ),
    ),
    notes: [],
  };
}

function rowOf(form: Form, where: string): string {
  return `nginx by way of ${form}, ${where}`;
}

async function timedInWorker(form: Form) {
  const worker = new Worker(join(import.meta.dirname, '../parsing.worker.ts'), {
    workerData: form,
  });
  const waiting: ((lines: Uint8Array<ArrayBuffer>) => void)[] = [];
  worker.on('message', ([lines]: [Uint8Array<ArrayBuffer>]) => waiting.shift()?.(lines));
  try {
    return await timed((lines) => {
      worker.postMessage(lines, [lines.buffer]);
      return new Promise((resolve) => waiting.push(resolve));
    }, BATCHES_AHEAD);
  } finally {
    void worker.terminate();
    await once(worker, 'exit');
  }
}

async function timed(parse: Parse, ahead: number) {
  const lines = batch();
  const bytes = lines.length * BATCHES;
  const buffers = Array.from({ length: ahead }, () => Uint8Array.from(lines));
  await passing(parse, buffers, WARM_UP_BATCHES);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await passing(parse, buffers, BATCHES);
  const seconds = (performance.now() - startMs) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  return { mb_per_s: bytes / 1e6 / seconds, cpu_s_per_gb: (user + system) / 1e6 / (bytes / 1e9) };
}

/** Each buffer goes round by itself, so that as many are on their way as there are. */
async function passing(
  parse: Parse,
  buffers: Uint8Array<ArrayBuffer>[],
  batches: number,
): Promise<void> {
  let left = batches;
  await Promise.all(
    buffers.map(async (buffer, index) => {
      for (let lines = buffer; left > 0; ) {
        left -= 1;
        lines = await parse(lines);
        buffers[index] = lines;
      }
    }),
  );
}

function batch(): Uint8Array<ArrayBuffer> {
  let text = '';
  for (let index = 0; text.length < BATCH_BYTES; index += 1) text += `${accessLine(index)}\n`;
  return new TextEncoder().encode(text);
}
