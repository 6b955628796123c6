import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Clock } from '../../../../shared/kernel/clock.ts';
import { AppError, messageOf } from '../../../../shared/kernel/errors.ts';
import { joinedLines } from '../../../fetch/lines-of.ts';
import { type Lines } from '../../../fetch/running-source.ts';
import { plainLines } from '../../../framing/plain-lines.ts';
import { Inbox } from '../../../listen/inbox.ts';
import { LineFramer } from '../../../listen/line-framer.ts';
import { type BatchLimits } from '../../plugin.ts';

const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** With all its fields an entry may be long; one that was cut would be no JSON. */
const ENTRY_BYTES_MAX = 64 * 1024 * 1024;
const COMPLAINT_LENGTH_MAX = 2_000;

/** `journalctl` at work: its entries are lines of JSON, and it waits while nobody takes them. */
export class JournalStream {
  readonly #inbox: Inbox;
  readonly #ended = new AbortController();
  readonly #stop: () => Promise<void>;
  #complaint = '';

  /** At most so many entries are taken at once; 0: as many as there are. */
  constructor(args: readonly string[], lines: number, clock: Clock) {
    this.#inbox = new Inbox(WAITING_BYTES_MAX, clock);
    const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const framer = new LineFramer(plainLines, { lines, lineBytes: ENTRY_BYTES_MAX });
    const { stdout, stderr } = child;
    stdout.on('data', (chunk: Buffer) => {
      this.#inbox.put(framer.push(chunk).map((part) => ({ ...part, origin: '' })));
      if (!this.#inbox.hasRoom()) stdout.pause();
    });
    this.#inbox.onRoom(() => stdout.resume());
    stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-COMPLAINT_LENGTH_MAX);
    });
    child.on('error', (error) => (this.#complaint = messageOf(error)));
    const closed = once(child, 'close').catch(() => undefined);
    void closed.then(() => this.#ended.abort());
    this.#stop = async () => {
      child.kill('SIGKILL');
      // What is still in the pipe would fill the inbox again, and nobody empties that any more.
      stdout.destroy();
      await closed;
    };
  }

  get waitingBytes(): number {
    return this.#inbox.bytes;
  }

  /**
   * The next entries; null when the signal has aborted.
   * @throws AppError `unavailable` when journalctl has ended, which it does not by itself.
   */
  async take(limits: BatchLimits, signal: AbortSignal): Promise<Lines | null> {
    const wait = this.#inbox.bytes > 0 ? signal : AbortSignal.any([signal, this.#ended.signal]);
    const parts = await this.#inbox.take(limits, wait);
    if (parts.length > 0) return joinedLines(parts);
    if (signal.aborted) return null;
    throw new AppError('unavailable', `journalctl has ended: ${this.#complaint.trim()}`);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}
