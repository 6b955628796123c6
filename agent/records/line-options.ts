import { z } from 'zod';
import { option } from '../plugins/option.ts';
import type { LogRecord } from '../plugins/plugin.ts';
import { addLabels, type Labels, LabelsOption } from './labels.ts';

/** Options of every parser that makes records out of lines. */
export const lineOptions = {
  labels: LabelsOption,
  errdata_to: option
    .choice(['record', 'dead_letters', 'drop'])
    .describe(
      'What becomes of a line that does not parse: a record with the line in a field of its own, a ' +
        'dead letter of the runner, which is parsed again when it is replayed, or nothing.',
    )
    .meta({ advanced: true }),
  disable_record_errdata: option
    .flag(false)
    .describe('The older spelling of errdata_to "drop": such lines are dropped and counted.')
    .meta({ advanced: true }),
  errdata_field: z
    .string()
    .min(1, 'must not be empty, e.g. "pandora_stash"')
    .default('pandora_stash')
    .describe('The field in which a line is sent that does not parse.')
    .meta({ advanced: true }),
  keep_raw_data: option
    .flag(false)
    .describe('Each record carries the line it came from as "raw_data".')
    .meta({ advanced: true }),
};

export interface LineOptions {
  readonly labels: Labels;
  readonly errdata_to: 'record' | 'dead_letters' | 'drop';
  readonly disable_record_errdata: boolean;
  readonly errdata_field: string;
  readonly keep_raw_data: boolean;
}

/** The record with what the options add to it; `line`: null where no raw data is kept. */
export function withLineRules(
  record: LogRecord,
  line: string | null,
  { labels, keep_raw_data: keepsRaw }: LineOptions,
): LogRecord {
  addLabels(record, labels);
  if (keepsRaw && line !== null) record['raw_data'] = line;
  return record;
}

/** Whether a line that does not parse becomes a dead letter: that wins, for it loses nothing. */
export function isDeadLetter({ errdata_to: to }: LineOptions): boolean {
  return to === 'dead_letters';
}

/** What is sent of a line that does not parse; null: nothing is. */
export function failedRecord(line: string, options: LineOptions): LogRecord | null {
  if (isDeadLetter(options)) return null;
  const record: LogRecord = {};
  const isDropped = options.disable_record_errdata || options.errdata_to === 'drop';
  if (!isDropped) record[options.errdata_field] = line;
  if (options.keep_raw_data) record['raw_data'] = line;
  return Object.keys(record).length > 0 ? record : null;
}
