import { z } from 'zod';
import { csvLine } from '../../records/csv-text.ts';
import { ACCEPTED, type Acceptance } from '../../sink/acceptance.ts';
import { rotatedPath } from '../../sink/rotation.ts';
import { SendRate } from '../../sink/send-rate.ts';
import { defineSender } from '../define.ts';
import { commaList, option } from '../option.ts';
import { type PluginContext, type Records, type Sender } from '../plugin.ts';

const ROTATE_BYTES_DEFAULT = 10_485_760;
const RATE_MAX = 1_000_000_000;
const FIELDS_EXAMPLE = 'time,level,message';

const CsvOptions = z.object({
  name: option.senderName(),
  csv_fields: option
    .required(FIELDS_EXAMPLE)
    .transform((text) => commaList(text))
    .refine((fields) => fields.length > 0, { error: `names no field, e.g. "${FIELDS_EXAMPLE}"` })
    .describe('The fields of a record that become columns, in this order, parted by commas.'),
  csv_delimiter: z
    .string()
    .default(',')
    .transform((text) => (text === '' ? ',' : text))
    .refine((text) => text.length === 1 && !/["\r\n]/.test(text), {
      error: 'must be one character, and no quotation mark or line break',
    })
    .describe('The character between columns.'),
  csv_path_prefix: z
    .string()
    .default('./sync.csv')
    .transform((text) => (text === '' ? './sync.csv' : text))
    .describe('The file; one that is full is renamed, with the time behind this name.'),
  csv_rotate_size: option
    .int(ROTATE_BYTES_DEFAULT, { min: 0, max: Number.MAX_SAFE_INTEGER })
    .describe('A file of so many bytes is full; 0: none ever is.'),
  max_send_rate: option
    .int(-1, { min: -1, max: RATE_MAX })
    .describe(
      'Records a second at most; -1: no limit. A batch is written whole, and the next one waits, ' +
        'and with it the other senders of the runner: a small batch_len makes the waits short.',
    )
    .meta({ advanced: true }),
});
type CsvOptions = z.output<typeof CsvOptions>;

/**
 * Appends a line a record to a local file. "Once" rests, as for every file, on the end of the file
 * that is committed together with the source's position.
 */
export const csvSender = defineSender({
  type: 'csv',
  usage:
    'Appends chosen fields of each record to a CSV file, and begins a new file when it is full.',
  options: CsvOptions,
  writePaths: ({ csv_path_prefix: path, csv_rotate_size: bytes }) =>
    bytes === 0 ? [path] : [path, rotatedPath(path, 0)],
  open: async (options, context) => new CsvSender(options, context),
});

class CsvSender implements Sender {
  readonly holdsFiles = true;
  readonly name: string;
  readonly #options: CsvOptions;
  readonly #context: PluginContext;
  readonly #rate: SendRate;

  constructor(options: CsvOptions, context: PluginContext) {
    this.name = options.name === '' ? `csv(path_prefix:${options.csv_path_prefix})` : options.name;
    this.#options = options;
    this.#context = context;
    this.#rate = new SendRate(options.max_send_rate, context.clock);
  }

  async send(records: Records, signal: AbortSignal): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const { csv_fields: fields, csv_delimiter: delimiter } = this.#options;
    const { csv_path_prefix: path, csv_rotate_size: bytesMax } = this.#options;
    let text = '';
    for (const record of records.objects()) {
      const values = fields.map((name) => (Object.hasOwn(record, name) ? record[name] : undefined));
      text += `${csvLine(values, delimiter)}\n`;
    }
    const { files, isSynced } = this.#context;
    const rotation = { bytesMax, ageMsMax: 0 };
    await this.#rate.ready(signal);
    const accepted = await files.append(path, Buffer.from(text), { signal, isSynced, rotation });
    this.#rate.spend(records.count);
    return accepted;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
