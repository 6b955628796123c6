import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Json } from './fleet-process.ts';
import type { PrivateCa } from './private-ca.ts';
import { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

interface Ports {
  readonly client: number;
  readonly peer: number;
  /** Where it is asked how it is, without TLS. */
  readonly health: number;
}

/** One member of etcd on free ports, which is a cluster by itself. */
export class EtcdServer {
  readonly host: string;
  readonly port: number;
  readonly #health: string;
  readonly #process: ServerProcess;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(process: ServerProcess, ports: Ports, tls: PrivateCa | null) {
    const scheme = tls === null ? 'http' : 'https';
    const [client, peer] = [
      `${scheme}://127.0.0.1:${ports.client}`,
      `http://127.0.0.1:${ports.peer}`,
    ];
    this.host = client;
    this.port = ports.client;
    this.#health = `http://127.0.0.1:${ports.health}/health`;
    this.#process = process;
    this.#args = [
      ...['--data-dir', join(process.dir, 'data'), '--initial-cluster', `default=${peer}`],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--listen-metrics-urls', `http://127.0.0.1:${ports.health}`],
      ...(tls === null ? [] : ['--cert-file', tls.cert, '--key-file', tls.key]),
    ];
  }

  /** With `tls`, which it may read, it speaks nothing else. */
  static async start(
    more: readonly string[] = [],
    tls: PrivateCa | null = null,
  ): Promise<EtcdServer> {
    const process = await ServerProcess.prepare('etcd');
    const ports = { client: await freePort(), peer: await freePort(), health: await freePort() };
    const server = new EtcdServer(process, ports, tls);
    await server.begin(more);
    return server;
  }

  /** Starts it again, where it was ended. */
  async begin(more: readonly string[] = []): Promise<void> {
    this.#child = this.#process.start('etcd', [...this.#args, ...more]);
    await waitFor('etcd', async () => {
      const answer = await fetch(this.#health).catch(() => null);
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
