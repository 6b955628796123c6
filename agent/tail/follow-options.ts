import { goDurationOption } from '../../shared/domain/go-duration.ts';
import { framingOptions } from '../framing/open-framing.ts';
import { option } from '../plugins/option.ts';
import { runTimeOption } from './run-time.ts';

const STAT_INTERVAL_MS = 1000;
const READ_MIB_PER_SECOND_MAX = 100_000;
const MULTILINE_FLUSH_MS = 3000;
const OPEN_FILES = { fallback: 256, max: 65_536 };

/** What all readers of files understand, beside their `log_path`. */
export const followOptions = {
  /** Read by `readFromOf`. */
  read_from: option
    .text('oldest')
    .describe(
      'Where a file without a position is begun: "oldest", "newest", or a time, by RFC 3339 or a ' +
        'layout of the main configuration.',
    ),
  meta_path: option
    .text('')
    .describe(
      'Where a Go logkit agent has kept its positions, which are taken over; empty: where it does ' +
        'by default.',
    )
    .meta({ advanced: true }),
  stat_interval: goDurationOption(STAT_INTERVAL_MS)
    .describe('How often it looks for new files and new lines.')
    .meta({ advanced: true }),
  readio_limit: option
    .int(-1, { min: -1, max: READ_MIB_PER_SECOND_MAX })
    .transform((limit) => Math.max(0, limit))
    .describe('At most so many MiB are read a second; -1: no limit.')
    .meta({ advanced: true, default: '-1' }),
  run_time: runTimeOption
    .describe(
      'Lines are read only in this part of the day, by the local time: "22-23", "22:30-4"; empty: always.',
    )
    .meta({ advanced: true, example: '22-23' }),
  skip_first_line: option
    .flag(false)
    .describe('The first line of each file is left out, such as a head that is no data.')
    .meta({ advanced: true }),
  max_open_files: option
    .int(OPEN_FILES.fallback, { min: 1, max: OPEN_FILES.max })
    .describe('So many files are held open at once; the others are opened when they grow.')
    .meta({ advanced: true }),
  ...framingOptions,
  multiline_flush: goDurationOption(MULTILINE_FLUSH_MS)
    .describe('So long the lines of an unfinished record wait for more.')
    .meta({ advanced: true }),
};
