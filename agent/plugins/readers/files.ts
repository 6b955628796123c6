import { resolve } from 'node:path';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import { SpareBuffers } from '../../../shared/kernel/spare-buffers.ts';
import { framingOptions, hasTwoLineEnds, openFraming } from '../../framing/open-framing.ts';
import type { FoundFile } from '../../tail/found-file.ts';
import { isPacked } from '../../tail/open-content.ts';
import { PathLooks } from '../../tail/path-looks.ts';
import { fixedPart } from '../../tail/path-pattern.ts';
import { matches, pathsOf, patternOptions } from '../../tail/pattern-files.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';
import type { PartitionedSource, PartitionSettings, PluginContext } from '../plugin.ts';
import { openArchiveReader } from './files/archive-reader.ts';
import { FilePiece } from './files/file-piece.ts';
import { FilePlanner } from './files/file-planner.ts';
import { openPieceReader } from './files/piece-reader.ts';

const SETTLE_MS = 60_000;
const STAT_INTERVAL_MS = 10_000;
const PIECE_BYTES = 64n * 1024n * 1024n;
/** Of what a range begins and ends in, where characters take two bytes. */
const UNIT_BYTES = 2;
/** Archives, and forms of compression that are not read. */
const UNREADABLE = /\.(?:tar(?:\.[a-z0-9]+)?|tgz|zip|7z|rar|zst|bz2|xz|lz4)$/i;

const FilesOptions = z.object({
  log_path: option
    .required('/archive/shop/*/*.log*')
    .transform((path) => resolve(path))
    .describe('The pattern of the paths; files whose names end in ".gz" are unpacked.')
    .meta({ example: '/archive/shop/*/*.log*' }),
  ignore_log_path: patternOptions.ignore_log_path,
  settle: goDurationOption(SETTLE_MS).describe(
    'A file is finished, and read, when it was not written to for so long.',
  ),
  stat_interval: goDurationOption(STAT_INTERVAL_MS)
    .describe('How often it looks for more files when all are read.')
    .meta({ advanced: true }),
  skip_first_line: option
    .flag(false)
    .describe('The first line of each file is left out, such as a head that is no data.')
    .meta({ advanced: true }),
  ...framingOptions,
});
type FilesOptions = z.output<typeof FilesOptions>;

/**
 * Reads an archive: files that are finished, each once, in the order of their last writes. Agents
 * that share the work read pieces of them, which end where lines do.
 */
export const filesReader = defineReader({
  type: 'files',
  usage: 'Reads finished files once, the oldest first; agents may share the work.',
  options: FilesOptions,
  readPaths: (options) => [fixedPart(options.log_path)],
  reads: (options, path) => wants(path, options),
  check: async (options) => requireLines(options),
  open(options, opening, context) {
    requireLines(options);
    const pieceBytes = () => Number.POSITIVE_INFINITY;
    return openArchiveReader(
      {
        ...{ origin: options.log_path, lookMs: options.stat_interval },
        ...{ planner: plannerOf(options, pieceBytes, context), ...readingOf(options) },
      },
      opening,
      context,
    );
  },
  partitioned,
});

/** @throws AppError `invalid` for options of which no pieces can be made. */
function partitioned(
  options: FilesOptions,
  { size }: PartitionSettings,
  context: PluginContext,
): PartitionedSource {
  requireLines(options);
  const whole = wholeBecauseOf(options);
  if (size !== null && whole !== null) {
    throw new AppError(
      'invalid',
      `partition.size: with the reader option ${whole} a file is not cut; leave out one of the two`,
    );
  }
  const bytes = evenAbove(Number(size ?? PIECE_BYTES));
  const pieceBytes = (path: string) =>
    whole === null && !isPacked(path) ? bytes : Number.POSITIVE_INFINITY;
  return {
    planner: plannerOf(options, pieceBytes, context),
    open({ options: given }, opening) {
      const piece = FilePiece.parse(given);
      if (wants(piece.path, options)) return openPieceReader(piece, readingOf(options), opening);
      throw new AppError(
        'invalid',
        `${piece.path} does not match log_path here: agents that share work need the same options`,
      );
    },
    close: () => Promise.resolve(),
  };
}

function wants(path: string, options: FilesOptions): boolean {
  return matches(path, options) && !UNREADABLE.test(path);
}

function plannerOf(
  options: FilesOptions,
  pieceBytes: (path: string) => number,
  { clock, log, runner }: PluginContext,
): FilePlanner {
  const looks = new PathLooks(clock);
  const discover = async (): Promise<readonly FoundFile[]> => {
    const paths = await pathsOf(options, looks);
    return looks.files(paths.filter((path) => wants(path, options)));
  };
  return new FilePlanner({
    ...{ discover, pieceBytes, settleMs: options.settle, clock, log, runner },
  });
}

function readingOf(options: FilesOptions) {
  return {
    tools: { framing: openFraming(options), buffers: new SpareBuffers() },
    ...{ encoding: options.encoding, skipsFirstLine: options.skip_first_line },
  };
}

/** The option for which no line tells by itself where it begins, if there is one. */
function wholeBecauseOf(options: FilesOptions): string | null {
  const names = ['head_pattern', 'container_format', 'delimiter'] as const;
  return names.find((name) => options[name] !== null) ?? null;
}

function evenAbove(bytes: number): number {
  return bytes + (bytes % UNIT_BYTES);
}

function requireLines(options: FilesOptions): void {
  if (!hasTwoLineEnds(options)) return;
  throw new AppError(
    'invalid',
    'reader option delimiter: it stands alone; leave out head_pattern, encoding (but for UTF-8) and container_format',
  );
}
