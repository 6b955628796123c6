import { Redis } from 'ioredis';
import { freePort } from './fleet-process.ts';
import { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

/** A Redis server on a free port, which keeps nothing on disk. */
export class RedisServerProcess {
  readonly port: number;
  readonly redis: Redis;
  readonly #process: ServerProcess;

  private constructor(process: ServerProcess, port: number) {
    this.#process = process;
    this.port = port;
    this.redis = new Redis({ host: '127.0.0.1', port });
    this.redis.on('error', () => undefined);
  }

  static async start(flags: readonly string[] = []): Promise<RedisServerProcess> {
    const process = await ServerProcess.prepare('redis');
    const port = await freePort();
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
    process.start('redis-server', [...own, ...flags]);
    const server = new RedisServerProcess(process, port);
    await waitFor('redis', async () => server.redis.ping());
    return server;
  }

  /** As an option takes it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.redis.disconnect();
    await this.#process.remove();
  }
}
