import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Json } from './fleet-process.ts';
import { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

/** One member of etcd on free ports, which is a cluster by itself. */
export class EtcdServer {
  readonly host: string;
  readonly port: number;
  readonly #process: ServerProcess;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(process: ServerProcess, port: number, peerPort: number) {
    const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
    this.host = client;
    this.port = port;
    this.#process = process;
    this.#args = [
      ...['--data-dir', join(process.dir, 'data'), '--initial-cluster', `default=${peer}`],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ];
  }

  static async start(more: readonly string[] = []): Promise<EtcdServer> {
    const process = await ServerProcess.prepare('etcd');
    const server = new EtcdServer(process, await freePort(), await freePort());
    await server.begin(more);
    return server;
  }

  /** Starts it again, where it was ended. */
  async begin(more: readonly string[] = []): Promise<void> {
    this.#child = this.#process.start('etcd', [...this.#args, ...more]);
    await waitFor('etcd', async () => {
      const answer = await fetch(`${this.host}/health`).catch(() => null);
      return answer?.ok === true;
    });
  }

  async end(): Promise<void> {
    await this.#process.stop();
  }

  /** It answers no more, though its connections stand, until it goes on. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  /** All that it has kept is gone. */
  async empty(): Promise<void> {
    await this.end();
    await rm(join(this.#process.dir, 'data'), { recursive: true, force: true });
  }

  /** Asks its JSON gateway, which is not what the program uses. */
  async ask(path: string, body: object = {}): Promise<Json> {
    const answer = await fetch(`${this.host}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return answer.json();
  }

  /** The names of all keys. */
  async keys(): Promise<string[]> {
    const all = Buffer.from('\0').toString('base64');
    const { kvs = [] } = await this.ask('kv/range', { key: all, range_end: all, keys_only: true });
    return kvs.map(({ key }: { key: string }) => Buffer.from(key, 'base64').toString());
  }

  /** How many leases last. */
  async leases(): Promise<number> {
    const { leases = [] } = await this.ask('lease/leases');
    return leases.length;
  }

  async stop(): Promise<void> {
    await this.#process.remove();
  }
}
