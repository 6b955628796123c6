import { resolve } from 'node:path';
import { AppError } from '../../shared/kernel/errors.ts';
import { type FramingOptions, hasTwoLineEnds, openFraming } from '../framing/open-framing.ts';
import { importPositions } from '../migration/import-positions.ts';
import type { PluginContext, Reader, ReaderOpening } from '../plugins/plugin.ts';
import { type FollowOptions, FollowSet } from './follow-set.ts';
import { withoutMissingDisks } from './missing-disks.ts';
import { PreparedReader } from './prepared-reader.ts';
import { readFromOf } from './read-from.ts';
import type { RunTime } from './run-time.ts';
import { mayTakeOver, takenOver } from './taken-over.ts';

/** A reader's options as `followOptions` reads them, with the path that every reader of files has. */
interface FollowedOptions extends FramingOptions {
  readonly log_path: string;
  readonly read_from: string;
  readonly meta_path: string;
  readonly stat_interval: number;
  readonly max_open_files: number;
  readonly readio_limit: number;
  readonly run_time: RunTime | null;
  readonly multiline_flush: number;
  readonly skip_first_line: boolean;
  readonly [key: string]: unknown;
}

/** Where the readers of files differ. */
interface Kind extends Pick<FollowOptions, 'discover' | 'wants' | 'turns' | 'expireMs'> {
  /** Positions of disks that are missing for longer are forgotten; 0: never. */
  readonly forgetMissingMs: number;
}

/** Opens a reader of files. */
export function openFollowSet(
  options: FollowedOptions,
  kind: Kind,
  opening: ReaderOpening,
  { runner, clock, log, timeLayouts }: PluginContext,
): Reader {
  requireLines(options);
  const framing = openFraming(options);
  const common = {
    origin: options.log_path,
    readFrom: readFromOf(options.read_from, timeLayouts),
    statIntervalMs: options.stat_interval,
    openFilesMax: options.max_open_files,
    readMibPerSecond: options.readio_limit,
    runTime: options.run_time,
    skipsFirstLine: options.skip_first_line,
    framing,
    flushMs: framing.isJoining ? options.multiline_flush : Number.POSITIVE_INFINITY,
  };
  const open = (positions: ReaderOpening['positions']) =>
    new FollowSet({ ...common, ...kind }, { ...opening, positions }, { clock, log });
  const { log_path: origin, meta_path: metaPath } = options;
  const { positions } = opening;
  const imports = () => importPositions({ metaPath, runner, logPath: origin, log });
  if (mayTakeOver(positions)) {
    const prepare = () => takenOver(positions, { ...kind, imports });
    return new PreparedReader({ origin, prepare, open, clock }, opening.signal);
  }
  const expireMs = kind.forgetMissingMs;
  if (expireMs === 0) return open(positions);
  const prepare = () => withoutMissingDisks(positions, { nowMs: clock.now(), expireMs });
  return new PreparedReader({ origin, prepare, open, clock }, opening.signal);
}

/** The folder of another program's positions, where it is named. */
export function metaPaths({ meta_path }: Pick<FollowedOptions, 'meta_path'>): readonly string[] {
  return meta_path === '' ? [] : [resolve(meta_path)];
}

/** @throws AppError `invalid` for what only this machine's configuration tells to be wrong. */
export function checkFollowed(
  options: FramingOptions & Pick<FollowedOptions, 'read_from'>,
  { timeLayouts }: PluginContext,
): void {
  const from = readFromOf(options.read_from, timeLayouts);
  requireLines(options);
  if (options.delimiter === null || typeof from === 'string') return;
  throw new AppError(
    'invalid',
    'reader option read_from: a time is looked for in lines that end in line feeds; with a delimiter use "oldest" or "newest"',
  );
}

function requireLines(options: FramingOptions): void {
  if (!hasTwoLineEnds(options)) return;
  throw new AppError(
    'invalid',
    'reader option delimiter: it stands alone; leave out head_pattern, encoding (but for UTF-8) and container_format',
  );
}
