import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import { jsonArray } from '../../records/json-array.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { ACCEPTED, type Acceptance } from '../../sink/acceptance.ts';
import { type Rotation, rotatedPath } from '../../sink/rotation.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import {
  type LogRecord,
  type PluginContext,
  type RecordForm,
  type Records,
  type Sender,
} from '../plugin.ts';
import { partitionPath, pathProblem, renderPath } from './file/path-template.ts';

const gzipAsync = promisify(gzip);

const PARTITIONS_MAX = 1024;
/** Files that the times of one batch's records may lead to. */
const PATHS_MAX = 128;
const RFC3339_DATE = /^\d{4}-\d\d-\d\dT/;

const SendPath = option.required('/var/log/out/app-%Y-%m-%d.log').check((context) => {
  const problem = pathProblem(context.value);
  if (problem === null) return;
  context.issues.push({ code: 'custom', message: problem, input: context.value });
});

const FileOptions = z.object({
  name: option.senderName(),
  file_send_path: SendPath.describe(
    'The file; date elements such as %Y, %m, %d, %H become the local time.',
  ),
  file_write_raw: option.flag(false).describe('Writes the lines as they came, instead of JSON.'),
  file_format: z
    .enum(['ndjson', 'array'], { error: 'must be "ndjson" or "array"' })
    .default('ndjson')
    .describe('"ndjson": one JSON text a line; "array": one JSON array a batch.'),
  file_partition: option
    .int(0, { min: 0, max: PARTITIONS_MAX })
    .describe(
      'More than 0: batches go to partition0, partition1 ... in turn, folders beside the file.',
    )
    .meta({ advanced: true }),
  file_gzip: option
    .flag(false)
    .describe('Compresses what it writes, each batch by itself: any reader of gzip reads the file.')
    .meta({ advanced: true }),
  file_rotate_size: option
    .int(0, { min: 0, max: Number.MAX_SAFE_INTEGER })
    .describe('A file of so many bytes is renamed, with the time behind its name; 0: none is.')
    .meta({ advanced: true }),
  file_rotate_interval: goDurationOption(0)
    .describe('The same for a file that was begun so long ago; 0: none is.')
    .meta({ advanced: true }),
  file_send_timestamp_key: option
    .text('')
    .describe("A field with an RFC 3339 time: the dates in the path are the record's, not today's.")
    .meta({ advanced: true }),
});
type FileOptions = z.output<typeof FileOptions>;

/** Appends each batch to a file whose name may change with the date. */
export const fileSender = defineSender({
  type: 'file',
  usage: 'Appends each batch to a file whose name may change with the date.',
  options: FileOptions,
  // With its date elements in it: they become digits, so that where it may be written, so may those.
  writePaths(options) {
    const { file_send_path: template, file_partition: partitions } = options;
    const plain = template.replaceAll('%%', '%');
    const path = partitions > 0 ? partitionPath(plain, '%i') : plain;
    return rotationOf(options) === undefined ? [path] : [path, rotatedPath(path, 0)];
  },
  open: async (options, context) => new FileSender(options, context),
});

class FileSender implements Sender {
  readonly holdsFiles = true;
  readonly wants: RecordForm;
  readonly name: string;
  readonly #options: FileOptions;
  readonly #context: PluginContext;
  #batches = 0;

  constructor(options: FileOptions, context: PluginContext) {
    this.name = options.name === '' ? `fileSender:${options.file_send_path}` : options.name;
    const isText = !options.file_write_raw && options.file_send_timestamp_key === '';
    this.wants = isText ? 'ndjson' : 'objects';
    this.#options = options;
    this.#context = context;
  }

  async send(records: Records, signal: AbortSignal): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const partition = this.#batches;
    this.#batches += 1;
    const { file_send_timestamp_key: timeKey } = this.#options;
    if (timeKey === '') {
      return this.#append(this.#path(this.#context.clock.now(), partition), records, signal);
    }
    return this.#appendAll(this.#byPath(records, timeKey, partition), signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #path(timeMs: number, batch: number): string {
    const { file_send_path: template, file_partition: partitions } = this.#options;
    const path = renderPath(template, timeMs);
    return partitions > 0 ? partitionPath(path, batch % partitions) : path;
  }

  async #append(path: string, records: Records, signal: AbortSignal): Promise<Acceptance> {
    const { files, isSynced } = this.#context;
    const bytes = this.#bytes(records);
    // A member of its own for each batch: what is committed always ends where a member does.
    const written = this.#options.file_gzip ? await gzipAsync(bytes) : bytes;
    const rotation = rotationOf(this.#options);
    return files.append(path, written, { signal, isSynced, ...(rotation && { rotation }) });
  }

  #bytes(records: Records): Buffer {
    if (this.#options.file_write_raw) return records.raw();
    if (this.#options.file_format === 'ndjson') return records.ndjson();
    return Buffer.concat([jsonArray(records.ndjson()), Buffer.from('\n')]);
  }

  /** A record without a usable time goes where the present time leads to. */
  #byPath(records: Records, timeKey: string, partition: number): Map<string, LogRecord[]> {
    const nowMs = this.#context.clock.now();
    const byPath = new Map<string, LogRecord[]>();
    for (const record of records.objects()) {
      const path = this.#path(timeOf(record[timeKey]) ?? nowMs, partition);
      const group = byPath.get(path);
      if (group === undefined) byPath.set(path, [record]);
      else group.push(record);
    }
    if (byPath.size <= PATHS_MAX) return byPath;
    throw new AppError(
      'invalid',
      `${this.name}: the times of one batch lead to ${byPath.size} files, more than ${PATHS_MAX}; ` +
        'take a coarser date in file_send_path',
    );
  }

  /** Always in the same order, so that two senders never wait for each other's file. */
  async #appendAll(
    byPath: ReadonlyMap<string, LogRecord[]>,
    signal: AbortSignal,
  ): Promise<Acceptance> {
    const accepted: Acceptance[] = [];
    try {
      for (const [path, group] of [...byPath].sort(([a], [b]) => (a < b ? -1 : 1))) {
        accepted.push(await this.#append(path, new ObjectRecords(group), signal));
      }
    } catch (thrown) {
      await undoAll(accepted);
      throw thrown;
    }
    return {
      positions: accepted.flatMap(({ positions }) => positions),
      committed: () => accepted.forEach((acceptance) => acceptance.committed()),
      undo: () => undoAll(accepted),
    };
  }
}

function rotationOf(options: FileOptions): Rotation | undefined {
  const { file_rotate_size: bytesMax, file_rotate_interval: ageMsMax } = options;
  return bytesMax === 0 && ageMsMax === 0 ? undefined : { bytesMax, ageMsMax };
}

async function undoAll(accepted: readonly Acceptance[]): Promise<void> {
  await Promise.all(accepted.map((acceptance) => acceptance.undo()));
}

function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' || !RFC3339_DATE.test(value)) return null;
  const timeMs = Date.parse(value);
  return Number.isNaN(timeMs) ? null : timeMs;
}
