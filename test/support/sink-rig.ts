import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Acceptance } from '../../agent/sink/acceptance.ts';
import { createSinkFiles } from '../../agent/sink/appended-files.ts';
import type { Rotation } from '../../agent/sink/rotation.ts';
import type { SinkFiles } from '../../agent/sink/sink-files.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';

/** Sink files in a folder of their own, with what they log and what a runner commits. */
export class SinkRig {
  readonly folder: string;
  readonly path: string;
  readonly checkpoints = new MemoryCheckpointStore();
  readonly clock = new FakeClock(5_000);
  readonly logged: unknown[] = [];
  readonly #started: SinkFiles[] = [];
  files: SinkFiles;
  isSynced = false;
  rotation: Rotation | null = null;

  constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, 'out', 'app.log');
    this.files = this.#start();
  }

  static async create(): Promise<SinkRig> {
    return new SinkRig(await realpath(await mkdtemp(join(tmpdir(), 'sink-'))));
  }

  /** The process is killed, with what is not committed, and another one takes its place. */
  restart(): void {
    this.files = this.#start();
  }

  #start(): SinkFiles {
    const destination = { write: (line: string) => this.logged.push(JSON.parse(line)) };
    const files = createSinkFiles({
      checkpoints: this.checkpoints,
      clock: this.clock,
      log: pino({ base: null }, destination),
      keepAsideDir: join(this.folder, 'kept'),
    });
    this.#started.push(files);
    return files;
  }

  append(text: string, to = this.path, signal = new AbortController().signal): Promise<Acceptance> {
    const rotation = this.rotation === null ? {} : { rotation: this.rotation };
    const options = { signal, isSynced: this.isSynced, ...rotation };
    return this.files.append(to, Buffer.from(text), options);
  }

  /** As a runner does: first the checkpoint, then the sink. */
  async commit(acceptance: Acceptance): Promise<void> {
    await this.checkpoints.commit({ runner: 'r1', sinks: acceptance.positions, totals: {} });
    acceptance.committed();
  }

  async write(text: string, to = this.path): Promise<void> {
    await this.commit(await this.append(text, to));
  }

  content(of = this.path): Promise<string> {
    return readFile(of, 'utf8');
  }

  async remove(): Promise<void> {
    await Promise.all(this.#started.map((files) => files.close()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
