import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { lineNumber } from './numbered-lines.ts';
import { type Counts, Tally } from './tally.ts';

/** Also when it was rotated. */
const PACKED = /\.gz(-[\d.]+)?$/;
const STRANGE_SHOWN_MAX = 5;
const STRANGE_SHOWN_LENGTH_MAX = 200;

/** What a sink should hold by the end of a case. */
export interface Delivered {
  /** What the sink is called in the results. */
  readonly sink: string;
  /** Its files, in the order in which they were written. */
  readonly files: readonly string[];
  /** `raw`: the lines as they were; `records`: a JSON record a line, with the line in `raw`. */
  readonly form: 'raw' | 'records';
  /** Lines by source, numbered from 0. */
  readonly expected: Readonly<Record<string, number>>;
  /** How many may be there twice, where no more than that is promised; 0 when left out. */
  readonly doubledMax?: number;
  /** Why some may. */
  readonly because?: string;
}

export interface Verdict extends Counts {
  readonly sink: string;
  readonly expected: number;
  /** Lines that are torn, mixed or of nobody. */
  readonly strange: number;
  readonly doubled_max: number;
  readonly because: string;
  readonly passed: boolean;
  /** Which lines, where something is wrong. */
  readonly details: readonly string[];
}

/** Counts what a sink holds, line by line, however large it is. */
export async function examine(delivered: Delivered): Promise<Verdict> {
  const { sink, expected, doubledMax = 0, because = '' } = delivered;
  const tallies = new Map(Object.entries(expected).map(([name, n]) => [name, new Tally(n)]));
  const strange = await tickOff(delivered, tallies);
  const counts = sum([...tallies.values()].map((tally) => tally.counts));
  const { lost, doubled, out_of_order } = counts;
  return {
    sink,
    expected: Object.values(expected).reduce((a, b) => a + b, 0),
    ...counts,
    strange: strange.count,
    doubled_max: doubledMax,
    because,
    passed: lost + out_of_order + strange.count === 0 && doubled <= doubledMax,
    details: [...lostDetails(tallies), ...strange.shown],
  };
}

type Tallies = ReadonlyMap<string, Tally>;

/** Gives how many lines are strange, and shows the first of them. */
async function tickOff({ files, form }: Delivered, tallies: Tallies) {
  const strange = { count: 0, shown: [] as string[] };
  for (const file of files) {
    for await (const line of linesOf(file)) {
      const known = lineNumber(form === 'raw' ? line : rawOf(line));
      if (known !== null && tallies.get(known.source)?.add(known.number) === true) continue;
      strange.count += 1;
      if (strange.count <= STRANGE_SHOWN_MAX) strange.shown.push(shown(file, line));
    }
  }
  return strange;
}

/** A last line without a line break is given too, with a mark that makes it strange. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of contentOf(file)) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield `${rest} (no line break)`;
}

/** What a packed file holds; one that is torn fails the case. */
function contentOf(file: string): AsyncIterable<Buffer> {
  const bytes = createReadStream(file);
  return PACKED.test(file) ? bytes.compose(createGunzip()) : bytes;
}

function rawOf(line: string): string {
  try {
    const { raw } = JSON.parse(line) as { readonly raw?: unknown };
    return typeof raw === 'string' && raw.endsWith('\n') ? raw.slice(0, -1) : '';
  } catch {
    return '';
  }
}

function sum(all: readonly Counts[]): Counts {
  const total = (key: keyof Counts) => all.reduce((count, counts) => count + counts[key], 0);
  return { lost: total('lost'), doubled: total('doubled'), out_of_order: total('out_of_order') };
}

function lostDetails(tallies: Tallies): string[] {
  return [...tallies].flatMap(([source, { lostRanges }]) =>
    lostRanges.length === 0 ? [] : [`lost of ${source}: ${lostRanges.join(', ')}`],
  );
}

function shown(file: string, line: string): string {
  return `strange in ${file}: ${JSON.stringify(line.slice(0, STRANGE_SHOWN_LENGTH_MAX))}`;
}
