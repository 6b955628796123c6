import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { BenchContext } from '../support/bench-case.ts';
import { debianProgram, libraryPath } from '../support/debian-program.ts';
import { freePort } from '../support/free-port.ts';
import { Program } from '../support/program.ts';

const IS_READY = /Ready to accept connections/;
/** Nothing is kept on disk, for whoever is measured on it. */
export const REDIS_SETTINGS = 'save "", appendonly no';

/** Debian's Redis, on a port of its own. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #program: Program;

  private constructor(port: number, program: Program) {
    this.port = port;
    this.#program = program;
  }

  /** Null: it cannot be had. */
  static async start(context: BenchContext): Promise<RedisServer | null> {
    const found = await debianProgram('redis-server', 'redis-server', context);
    if (found === null) return null;
    const { dir, signal } = context;
    const port = await freePort();
    const program = new Program({
      ...{ command: found.command, cwd: await mkdtemp(join(dir, 'redis-')), signal },
      args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      env: { LD_LIBRARY_PATH: libraryPath(found.root) },
    });
    await program.ready(() => IS_READY.test(program.output));
    return new RedisServer(port, program);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** What its data take. */
  async usedMb(): Promise<number> {
    const redis = new Redis(this.port, '127.0.0.1');
    const memory = await redis.info('memory');
    await redis.quit();
    return Number(/^used_memory:(\d+)/m.exec(memory)?.[1]) / 1e6;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program.stop();
  }
}
