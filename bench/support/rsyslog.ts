import { link, mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchContext } from './bench-case.ts';
import type { LogFile } from './log-files.ts';
import { Program } from './program.ts';

/** Nothing tells when it watches its folder; this is long enough. */
const SETTLE_MS = 1_000;
const OUTPUT_BUFFER_KIB = 64;

/** It keeps the last buffer to itself until it stops. */
export const RSYSLOG_HELD_BYTES_MAX = OUTPUT_BUFFER_KIB * 1024;

/** Debian's rsyslog, which passes the lines of one file on to another as they are. */
export class Rsyslog implements AsyncDisposable {
  readonly out: string;
  readonly #program: Program;
  readonly #watched: string;

  private constructor(program: Program, dir: string) {
    this.#program = program;
    this.#watched = join(dir, 'watched.log');
    this.out = join(dir, 'out.log');
  }

  static async start(command: string, { dir: parent, signal }: BenchContext): Promise<Rsyslog> {
    const dir = await mkdtemp(join(parent, 'rsyslog-'));
    await mkdir(join(dir, 'state'));
    await writeFile(join(dir, 'rsyslog.conf'), configuration(dir));
    const args = ['-n', '-f', join(dir, 'rsyslog.conf'), '-i', join(dir, 'pid')];
    const program = new Program({ command, args, cwd: dir, signal });
    await program.ready(() => stat(join(dir, 'pid')).then(Boolean, () => false));
    await delay(SETTLE_MS, undefined, { signal });
    return new Rsyslog(program, dir);
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Lets the file appear where it waits for one. */
  async feed({ path }: LogFile): Promise<void> {
    await link(path, this.#watched);
  }

  /** Ends it, and so makes it write its last buffer. */
  stop(): Promise<void> {
    return this.#program.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * The fastest that keeps the order of the lines: no metadata, large batches, one worker, buffered
 * writes. Its place in the file is kept every 10,000 lines, about as often as we commit ours.
 */
function configuration(dir: string): string {
  return `
    global(workDirectory="${dir}/state")
    module(load="imfile" mode="inotify")
    template(name="raw" type="string" string="%msg%\\n")
    input(type="imfile" File="${dir}/watched.log" Tag="bench" addMetadata="off"
      persistStateInterval="10000" ruleset="pass")
    ruleset(name="pass" queue.type="FixedArray" queue.size="100000"
      queue.dequeueBatchSize="4096" queue.workerThreads="1") {
      action(type="omfile" file="${dir}/out.log" template="raw" asyncWriting="on"
        flushOnTXEnd="off" ioBufferSize="${OUTPUT_BUFFER_KIB}k")
    }
  `;
}
