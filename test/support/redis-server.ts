import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './fleet-process.ts';
import { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

const APPEND_ONLY_DIR = 'appendonlydir';

/** A Redis server on a free port. */
export class RedisServerProcess {
  readonly port: number;
  readonly redis: Redis;
  readonly #process: ServerProcess;
  readonly #args: readonly string[];

  private constructor(process: ServerProcess, port: number, args: readonly string[]) {
    this.#process = process;
    this.#args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', ...args];
    this.port = port;
    this.redis = new Redis({ host: '127.0.0.1', port });
    this.redis.on('error', () => undefined);
  }

  /** It keeps nothing on disk, unless it is told to. */
  static async start(args: readonly string[] = []): Promise<RedisServerProcess> {
    const process = await ServerProcess.prepare('redis');
    const server = new RedisServerProcess(process, await freePort(), args);
    await server.#run();
    return server;
  }

  /** One that has each write on its disk before it answers. */
  static startDurable(): Promise<RedisServerProcess> {
    return RedisServerProcess.start(['--appendonly', 'yes', '--appendfsync', 'always']);
  }

  /** As an option takes it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Kills it and starts it again, with what it has kept. */
  async restart(): Promise<void> {
    await this.#process.stop();
    await this.#run();
  }

  /** The same, without what it has kept. */
  async restartEmpty(): Promise<void> {
    await this.#process.stop();
    await rm(join(this.#process.dir, APPEND_ONLY_DIR), { recursive: true, force: true });
    await this.#run();
  }

  async stop(): Promise<void> {
    this.redis.disconnect();
    await this.#process.remove();
  }

  async #run(): Promise<void> {
    this.#process.start('redis-server', this.#args);
    await waitFor('redis', async () => this.redis.ping());
  }
}
