import { resolve } from 'node:path';
import { z } from 'zod';
import { type Clock } from '../../../shared/kernel/clock.ts';
import { joinedLines } from '../../fetch/lines-of.ts';
import { type Lines, RunningSource } from '../../fetch/running-source.ts';
import { LINE_FEED } from '../../framing/framing.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';
import { type ReaderOpening, type SourceBatch } from '../plugin.ts';
import { JournalStream } from './journald/journal-stream.ts';

const SOURCE = 'journald';
const CURSOR = /"__CURSOR"\s*:\s*"([^"]+)"/;
const FOLDERS = ['/var/log/journal', '/run/log/journal'];

const Kept = z.object({ cursor: z.string() });

const JournaldOptions = z.object({
  journald_directory: option
    .text('')
    .transform((path) => (path === '' ? '' : resolve(path)))
    .describe('The folder of the journal files; empty: the journal of this machine.'),
  journald_units: option
    .list()
    .describe('Only entries of these units, parted by commas; empty: of all.')
    .meta({ example: 'nginx.service,ssh.service' }),
  journald_identifiers: option
    .list()
    .describe('Only entries of these syslog identifiers, parted by commas; empty: of all.'),
  journald_priority: option
    .text('')
    .describe('Only entries that are at least so grave, such as "warning" or "4"; empty: all.'),
  read_from: option
    .choice(['oldest', 'newest'])
    .describe(
      'Where it begins without a position: with the oldest entry, or with the next new one.',
    ),
});
type JournaldOptions = z.output<typeof JournaldOptions>;

/**
 * Follows the journal of systemd by `journalctl`, entry by entry as JSON with all fields; the parser
 * is `json`. The cursor of the last entry is kept with the commit, and reading goes on behind it, so
 * that none is lost as long as the journal has it, and none comes twice: what was on its way when
 * the process died is the same batch again, where the journal still gives the same entries.
 */
export const journaldReader = defineReader({
  type: 'journald',
  usage: 'Follows the journal of systemd, or the journal files of a folder.',
  options: JournaldOptions,
  readPaths: ({ journald_directory: folder }) => (folder === '' ? FOLDERS : [folder]),
  open(options, opening, { clock }) {
    const reading = new JournalReading(options, opening, clock);
    return {
      origin: options.journald_directory === '' ? SOURCE : options.journald_directory,
      batches: reading.batches(),
      lag: () => ({ bytes: reading.waitingBytes }),
      trouble: () => null,
    };
  },
});

class JournalReading {
  readonly #options: JournaldOptions;
  readonly #opening: ReaderOpening;
  readonly #clock: Clock;
  #stream: JournalStream | null = null;

  constructor(options: JournaldOptions, opening: ReaderOpening, clock: Clock) {
    this.#options = options;
    this.#opening = opening;
    this.#clock = clock;
  }

  get waitingBytes(): number {
    return this.#stream?.waitingBytes ?? 0;
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { positions, sealed, limits, signal } = this.#opening;
    if (signal.aborted) return;
    const source = new RunningSource(SOURCE, { positions, sealed: new Map() });
    const kept = Kept.safeParse(source.kept);
    let cursor = kept.success ? kept.data.cursor : null;
    const args = argumentsOf(this.#options, cursor);
    const stream = new JournalStream(args, limits.lines, this.#clock);
    this.#stream = stream;
    const batch = (lines: Lines) => {
      cursor = lastCursor(lines.bytes) ?? cursor;
      const origin = this.#options.journald_directory || SOURCE;
      return source.batch(lines, { origin, keep: { cursor } });
    };
    try {
      const seal = sealed.get(SOURCE);
      if (seal !== undefined) {
        const again = await this.#again(stream, seal.end - source.offset);
        if (again === null) return;
        if (!again.isSame) source.skipTo(seal.end);
        for (const lines of again.parts) yield batch(lines);
      }
      for (;;) {
        const lines = await stream.take(limits, signal);
        if (lines === null) return;
        yield batch(lines);
      }
    } finally {
      await stream.stop();
    }
  }

  /** So many bytes again as one part, and what was read behind them; null: it is to end. */
  async #again(stream: JournalStream, bytes: number) {
    const { signal } = this.#opening;
    const limits = { ...this.#opening.limits, lingerMs: 0 };
    const read: Lines[] = [];
    for (let length = 0; length < bytes; ) {
      const lines = await stream.take(limits, signal);
      if (lines === null) return null;
      read.push(lines);
      length += lines.bytes.length;
    }
    if (read.length === 0) return { parts: [], isSame: false };
    const whole = joinedLines(read).bytes;
    const isSame = whole[bytes - 1] === LINE_FEED;
    const cuts = isSame ? [whole.subarray(0, bytes), whole.subarray(bytes)] : [whole];
    const parts = cuts.filter(({ length }) => length > 0).map(linesIn);
    return { parts, isSame };
  }
}

function argumentsOf(options: JournaldOptions, cursor: string | null): string[] {
  const { journald_directory: folder, journald_priority: priority } = options;
  return [
    ...['--output=json', '--all', '--follow', '--quiet', '--no-pager'],
    ...(cursor === null && options.read_from === 'newest' ? ['--lines=0'] : ['--no-tail']),
    ...(cursor === null ? [] : [`--after-cursor=${cursor}`]),
    ...(folder === '' ? [] : [`--directory=${folder}`]),
    ...(priority === '' ? [] : [`--priority=${priority}`]),
    ...options.journald_units.map((unit) => `--unit=${unit}`),
    ...options.journald_identifiers.map((name) => `--identifier=${name}`),
  ];
}

/** Of the last line; inside a text of JSON its quotes would be escaped. */
function lastCursor(bytes: Buffer): string | null {
  const start = bytes.lastIndexOf(LINE_FEED, -2) + 1;
  return CURSOR.exec(bytes.toString('utf8', start))?.[1] ?? null;
}

function linesIn(bytes: Buffer): Lines {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    lines += 1;
  }
  return { bytes, lines, ends: null, isFilled: true };
}
