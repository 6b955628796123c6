import { type FramingOptions, openFraming } from '../framing/open-framing.ts';
import type { PluginContext, ReaderOpening } from '../plugins/plugin.ts';
import { warnOfUnsupported } from './follow-options.ts';
import { type FollowOptions, FollowSet } from './follow-set.ts';

/** A reader's options as `followOptions` reads them, with the path that every reader of files has. */
interface FollowedOptions extends FramingOptions {
  readonly log_path: string;
  readonly read_from: FollowOptions['readFrom'];
  readonly stat_interval: number;
  readonly max_open_files: number;
  readonly readio_limit: number;
  readonly multiline_flush: number;
  readonly [key: string]: unknown;
}

/** Where the readers of files differ. */
type Kind = Pick<FollowOptions, 'discover' | 'wants' | 'turns' | 'expireMs'>;

/** Opens a reader of files; options of the original that it does not follow are warned about. */
export function openFollowSet(
  options: FollowedOptions,
  kind: Kind,
  opening: ReaderOpening,
  { clock, log }: PluginContext,
): FollowSet {
  warnOfUnsupported(options, log);
  const framing = openFraming(options);
  const common = {
    origin: options.log_path,
    readFrom: options.read_from,
    statIntervalMs: options.stat_interval,
    openFilesMax: options.max_open_files,
    readMibPerSecond: options.readio_limit,
    framing,
    flushMs: framing.isJoining ? options.multiline_flush : Number.POSITIVE_INFINITY,
  };
  return new FollowSet({ ...common, ...kind }, opening, { clock, log });
}
