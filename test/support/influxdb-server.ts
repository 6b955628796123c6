import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './fleet-process.ts';

type Series = { readonly columns: readonly string[]; readonly values: readonly unknown[][] };

/** A real InfluxDB 1 in a folder of its own. */
export class InfluxdbServer {
  readonly host: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(host: string, folder: string, process: ChildProcess) {
    this.host = host;
    this.#folder = folder;
    this.#process = process;
  }

  static async start(): Promise<InfluxdbServer> {
    const folder = await mkdtemp(join(tmpdir(), 'influxdb-'));
    const [http, rpc] = [await freePort(), await freePort()];
    const config = join(folder, 'influxdb.conf');
    const text = [
      `reporting-disabled = true\nbind-address = "127.0.0.1:${rpc}"`,
      `[meta]\ndir = "${folder}/meta"`,
      `[data]\ndir = "${folder}/data"\nwal-dir = "${folder}/wal"\nquery-log-enabled = false`,
      `[http]\nbind-address = "127.0.0.1:${http}"\nlog-enabled = false`,
      '[monitor]\nstore-enabled = false',
    ];
    await writeFile(config, `${text.join('\n')}\n`);
    const child = spawn('influxd', ['run', '-config', config], { stdio: 'ignore' });
    const server = new InfluxdbServer(`127.0.0.1:${http}`, folder, child);
    await server.#ready();
    return server;
  }

  /** What a query of InfluxQL finds; null: nothing. */
  async query(db: string, q: string): Promise<Series | null> {
    const url = `http://${this.host}/query?${new URLSearchParams({ db, q, epoch: 'ns' }).toString()}`;
    const text = await (await fetch(url)).text();
    // Nanoseconds are more than a double holds.
    const exact = text.replace(/\[(\d{16,})/g, '["$1"');
    const answer: { results: { series?: Series[]; error?: string }[] } = JSON.parse(exact);
    const [result] = answer.results;
    if (result?.error !== undefined) throw new Error(result.error);
    return result?.series?.[0] ?? null;
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await once(this.#process, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const isUp = await fetch(`http://${this.host}/ping`).then(
        ({ status }) => status === 204,
        () => false,
      );
      if (isUp) return;
      if (this.#process.exitCode !== null) throw new Error('influxd has ended');
      await delay(50);
    }
    throw new Error('influxd does not answer');
  }
}
