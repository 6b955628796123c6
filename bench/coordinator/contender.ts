import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import type { Helper } from '../support/helper.ts';
import { cpuSeconds, peakRssMb } from '../support/process-figures.ts';
import { waitUntil } from '../support/wait-until.ts';
import { Begun, Ended, Progress } from './work-questions.ts';

const LOOK_EVERY_MS = 20;
const ROUND_MS_MAX = 120_000;

/** Something that works off a pile of partitions, in processes of its own. */
export interface Contender {
  readonly name: string;
  readonly processes: readonly Helper[];
  /** How many lives there are in a pile. */
  readonly lives: number;
  /** Lays a new pile; gives what each process is to be opened with. */
  readonly lay: (pile: string) => Promise<readonly object[]>;
}

export interface Lived {
  readonly seconds: number;
  readonly claimsMs: readonly number[];
  /** When how many lives were over, in seconds from the beginning. */
  readonly course: readonly { readonly lives: number; readonly seconds: number }[];
}

/** Lays a pile, and has it worked off: all of it, or it is an error. */
export async function lived(
  { name, processes, lives, lay }: Contender,
  pile: string,
  { signal }: BenchContext,
): Promise<Lived> {
  const openings = await lay(pile);
  const none = z.object({});
  await Promise.all(
    processes.map((each, nth) => each.ask({ ask: 'open', open: openings[nth] }, none)),
  );
  const begun = await Promise.all(processes.map((each) => each.ask({ ask: 'begin' }, Begun)));
  const startMs = Math.min(...begun.map(({ atMs }) => atMs));

  const course: { readonly lives: number; readonly seconds: number }[] = [];
  const areOver = async () => {
    const all = await Promise.all(processes.map((each) => each.ask({ ask: 'so far' }, Progress)));
    const seconds = (Math.max(...all.map(({ lastMs }) => lastMs)) - startMs) / 1e3;
    course.push({ lives: sum(all.map((each) => each.lives)), seconds });
    return course.at(-1)?.lives === lives;
  };
  const wait = { everyMs: LOOK_EVERY_MS, atMostMs: ROUND_MS_MAX, signal };
  await waitUntil(areOver, { what: `${lives} lives of ${name}`, ...wait });
  const ended = await Promise.all(processes.map((each) => each.ask({ ask: 'end' }, Ended)));
  const total = sum(ended.map((each) => each.lives));
  if (total !== lives) throw new Error(`${name}: ${total} lives of ${lives} partitions`);
  return {
    seconds: course.at(-1)?.seconds ?? 0,
    ...{ course, claimsMs: ended.flatMap((each) => each.claimsMs) },
  };
}

/** One round's figures of a contender. */
export async function livesFigures(contender: Contender, pile: string, context: BenchContext) {
  const cpu = async () =>
    sum(await Promise.all(contender.processes.map(({ pid }) => cpuSeconds(pid))));
  const cpuBefore = await cpu();
  const { seconds } = await lived(contender, pile, context);
  const rss = await Promise.all(contender.processes.map(({ pid }) => peakRssMb(pid)));
  return {
    lives_per_s: contender.lives / seconds,
    cpu_us_a_life: (((await cpu()) - cpuBefore) * 1e6) / contender.lives,
    peak_rss_mb: Math.max(...rss),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
