import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';

const ROTATE_AT = '100M';
/** What may wait in memory for a slow disk. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const REOPEN_AFTER_MS = 10_000;

interface LogFileOptions {
  readonly file: string;
  readonly clock: Clock;
  /** Told once each time the disk begins to refuse, and once when it takes lines again. */
  readonly onTrouble: (message: string) => void;
  /** Another size to rotate at, e.g. `10K`. */
  readonly rotateAt?: `${number}${'B' | 'K' | 'M' | 'G'}`;
}

/**
 * A log file that is rotated by size: the active file keeps its name, a full one becomes
 * `<file>-YYYYMMDD-HHMMSS[-n]` (UTC) beside it.
 *
 * Writing never fails. While the disk refuses, lines are dropped and counted, and the file is opened
 * anew every 10 s: a log must not take down what it tells about.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #stream: RotatingFileStream | null = null;
  #brokenAtMs: number | null = null;
  #dropped = 0;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  write(line: string): void {
    const stream = this.#openStream();
    if (stream === null || stream.writableLength > WAITING_BYTES_MAX) {
      this.#dropped++;
      return;
    }
    stream.write(line, this.#onWritten);
  }

  /** Resolves when everything written so far is in the file, or lost. */
  async flush(): Promise<void> {
    const stream = this.#stream;
    if (stream === null || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.write('', () => resolve());
    });
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === null || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  #openStream(): RotatingFileStream | null {
    if (this.#stream !== null) return this.#stream;
    const { file, clock, rotateAt = ROTATE_AT } = this.#options;
    if (this.#brokenAtMs !== null && clock.monotonicMs() < this.#brokenAtMs + REOPEN_AFTER_MS) {
      return null;
    }

    const stream = createStream((time, index) => fileName(file, time, index), { size: rotateAt });
    stream.on('error', (cause) => this.#onError(stream, cause));
    this.#stream = stream;
    return stream;
  }

  #onError(stream: RotatingFileStream, cause: Error): void {
    if (this.#stream === stream) this.#stream = null;
    stream.destroy();
    const isNews = this.#brokenAtMs === null;
    this.#brokenAtMs = this.#options.clock.monotonicMs();
    if (isNews) {
      this.#options.onTrouble(
        `the log file ${this.#options.file} cannot be written, log lines are lost: ${messageOf(cause)}`,
      );
    }
  }

  /** A full disk lets a file be opened; only a line that got through means that all is well. */
  readonly #onWritten = (refused?: Error | null): void => {
    if (refused instanceof Error) {
      this.#dropped++;
      return;
    }
    if (this.#brokenAtMs === null) return;
    this.#brokenAtMs = null;
    const { file, onTrouble } = this.#options;
    onTrouble(`the log file ${file} is written again, ${this.#dropped} lines were lost`);
    this.#dropped = 0;
  };
}

/** The rotator asks with no time for the active file, and with a growing index until one is free. */
function fileName(file: string, time: number | Date | null, index = 1): string {
  if (!(time instanceof Date)) return file;
  const [day = '', clock = ''] = time.toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
  const stamp = `${file}-${day}-${clock}`;
  return index === 1 ? stamp : `${stamp}-${index}`;
}
