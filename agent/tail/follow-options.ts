import type { Logger } from 'pino';
import { goDurationOption } from '../../shared/domain/go-duration.ts';
import { framingOptions } from '../framing/open-framing.ts';
import { option } from '../plugins/plugin.ts';

const STAT_INTERVAL_MS = 1000;
const READ_MIB_PER_SECOND_MAX = 100_000;
const MULTILINE_FLUSH_MS = 3000;
const OPEN_FILES = { fallback: 256, max: 65_536 };

/** What all readers of files understand, beside their `log_path`. */
export const followOptions = {
  /** Read by `readFromOf`: it may be a time by a layout of the main configuration. */
  read_from: option.text('oldest'),
  /** Where a Go logkit agent has kept its positions; empty: where it does by default. */
  meta_path: option.text(''),
  stat_interval: goDurationOption(STAT_INTERVAL_MS),
  readio_limit: option
    .int(-1, { min: -1, max: READ_MIB_PER_SECOND_MAX })
    .transform((limit) => Math.max(0, limit)),
  max_open_files: option.int(OPEN_FILES.fallback, { min: 1, max: OPEN_FILES.max }),
  ...framingOptions,
  multiline_flush: goDurationOption(MULTILINE_FLUSH_MS),
};

/** Options of the original that change what is read, with the values that change nothing. */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  delimiter: ['', '\n', '"\\n"'],
  expire_delete: ['', 'false'],
  run_time: [''],
  skip_first_line: ['', 'false'],
};

/** Says once which of the given options this reader does not follow. */
export function warnOfUnsupported(options: Readonly<Record<string, unknown>>, log: Logger): void {
  const ignored = Object.entries(UNSUPPORTED)
    .filter(([key, harmless]) => {
      const value = options[key];
      return typeof value === 'string' && !harmless.includes(value.toLowerCase());
    })
    .map(([key]) => key);
  if (ignored.length > 0) log.warn({ options: ignored }, 'reader options are not supported');
}

/** The values of a comma-separated option. */
export function commaList(text: string): string[] {
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
