import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import { COMPILE_CACHE } from '../../support/compile-cache.ts';
import { FleetProcess, freePort } from '../../support/fleet-process.ts';
import { linesIn } from '../../support/lines.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type Disk, mountDisk } from './mounted.ts';
import { Receiver } from './receiver.ts';
import { Writer, type Writing } from './writer.ts';

const POLL_MS = 50;
const GLANCE_MS = 2;
/** So long without a new line, and the program will not deliver any more. */
const STILL_MS_MAX = 45_000;
const TROUBLE_MS_MAX = 60_000;
const LOG_SHOWN_LENGTH_MAX = 4_000;
const NO_ROTATION = 1_000_000_000;
const LINES_PER_SECOND = 20_000;

/** What the cases look at, of what `/logkit/status` shows of a runner. */
const Status = z.object({
  readDataCount: z.number(),
  senderStats: z.record(z.string(), z.object({ success: z.number() })),
  error: z.string().default(''),
});
type Status = z.infer<typeof Status>;

/** Where a case plays: a folder, the program in it, and whoever writes and receives. */
export class Scene implements AsyncDisposable {
  readonly random: RandomSource;
  readonly program: FleetProcess;
  readonly #extras = new AsyncDisposableStack();
  readonly #host: string;

  private constructor(program: FleetProcess, random: RandomSource, host: string) {
    this.program = program;
    this.random = random;
    this.#host = host;
  }

  /** The program is configured, and does not run yet. */
  static async create(random: RandomSource): Promise<Scene> {
    // A case is about the program at work, not about its many starts.
    const program = await FleetProcess.prepare({}, { NODE_COMPILE_CACHE: COMPILE_CACHE });
    const scene = new Scene(program, random, `127.0.0.1:${await freePort()}`);
    await scene.configure({});
    return scene;
  }

  /** Adds to the main configuration; before the program runs. */
  configure(config: object): Promise<void> {
    return this.program.configure({ bind_host: this.#host, ...config });
  }

  get dir(): string {
    return this.program.dir;
  }

  path(name: string): string {
    return join(this.program.dir, name);
  }

  /** A whole number from `min` up to, not including, `max`. */
  between(min: number, max: number): number {
    return min + Math.floor(this.random.next() * (max - min));
  }

  write(writing: Pick<Writing, 'source' | 'path' | 'to'> & Partial<Writing>): Writer {
    const whole = {
      from: 0,
      linesPerSecond: LINES_PER_SECOND,
      rotateEvery: NO_ROTATION,
      ...writing,
    };
    return this.#extras.use(new Writer(whole));
  }

  /** A receiver that does not listen yet, and whose batches go to the file of this name. */
  async receiver(name: string, { honoursKeys = true } = {}): Promise<Receiver> {
    return this.#extras.use(await Receiver.prepare(this.path(name), honoursKeys));
  }

  /** The folder where a disk of its own is mounted until the end of the case. */
  disk(kind: Disk, bytes: number): string {
    const path = this.path(kind);
    this.#extras.defer(mountDisk(path, kind, bytes).unmount);
    return path;
  }

  /** A folder of this name in the scene's. */
  async folder(name: string): Promise<string> {
    const folder = this.path(name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async addRunner(name: string, config: object): Promise<void> {
    const { status, body } = await this.program.ask('POST', `/logkit/configs/${name}`, config);
    if (status !== 200) throw new Error(`the runner ${name} is refused: ${JSON.stringify(body)}`);
  }

  async #status(runner: string): Promise<Status> {
    const { body } = await this.program.get('/logkit/status');
    return Status.parse(body.data[runner]);
  }

  /** Waits until the runner says in its status that something is wrong, and what. */
  async troubled(runner: string, pattern: RegExp): Promise<void> {
    await waitFor(
      `an error like ${String(pattern)} in the status of ${runner}`,
      async () => pattern.test((await this.#status(runner)).error),
      TROUBLE_MS_MAX,
    );
  }

  /** Waits until the runner has read so many lines and settled them with every sender. */
  async settled(runner: string, lines: number): Promise<void> {
    await waitFor(`${lines} lines of ${runner}`, async () => {
      return settledOf(await this.#status(runner)) >= lines;
    });
  }

  /** Waits until a file is seen to grow, or to be begun anew, but not longer than so many ms. */
  async grows(file: string, atMostMs: number): Promise<void> {
    const endMs = performance.now() + atMostMs;
    const before = await sizeOf(file);
    while (performance.now() < endMs && (await sizeOf(file)) === before) await delay(GLANCE_MS);
  }

  /** Waits until a file holds so many lines, whatever the status says. */
  async holds(file: string, lines: number): Promise<void> {
    await waitFor(`${lines} lines in ${file}`, async () => (await linesIn(file)).length >= lines);
  }

  /** `settled`, at the end of a case: where no more comes, the lines that are lost will tell. */
  async caughtUp(totals: Readonly<Record<string, number>>): Promise<void> {
    for (const [runner, lines] of Object.entries(totals)) {
      let best = -1;
      let sinceMs = performance.now();
      while (best < lines && performance.now() - sinceMs < STILL_MS_MAX) {
        const settled = settledOf(await this.#status(runner));
        if (settled > best) sinceMs = performance.now();
        best = Math.max(best, settled);
        await delay(POLL_MS);
      }
    }
  }

  /** The end of what the program wrote to its log, and of what it printed. */
  async logTail(): Promise<string> {
    const log = await readFile(this.path('run/logkit-fleet.log'), 'utf8').catch(() => '');
    return `${log.slice(-LOG_SHOWN_LENGTH_MAX)}\n${this.program.output.slice(-LOG_SHOWN_LENGTH_MAX)}`;
  }

  /** Everything but the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.end('SIGKILL');
    await this.#extras.disposeAsync();
  }
}

/** 0 while it is not there, as between two files of one name. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Lines that every sender has, as far as the status tells; one record a line. */
function settledOf({ readDataCount, senderStats }: Status): number {
  return Math.min(readDataCount, ...Object.values(senderStats).map(({ success }) => success));
}
