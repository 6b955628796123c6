import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import type { BenchContext } from './bench-case.ts';
import { freePort } from './free-port.ts';
import { Program } from './program.ts';

const IS_RUNNING = /is running; open /;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One real logkit-fleet process, started from its launcher as its users start it. */
export class FleetProgram implements AsyncDisposable {
  readonly url: string;
  /** Its working directory, and where its state lies. */
  readonly dir: string;
  readonly #program: Program;
  readonly #secret: string;

  private constructor(url: string, program: Program, { dir, secret }: Prepared) {
    this.url = url;
    this.dir = dir;
    this.#program = program;
    this.#secret = secret;
  }

  /**
   * `cluster` is that part of its configuration, where `{}` makes an agent by itself; `others` are
   * more parts of it.
   */
  static async start(
    { dir: parent, launcher, signal }: BenchContext,
    cluster: Readonly<Record<string, unknown>>,
    others: Readonly<Record<string, unknown>> = {},
  ): Promise<FleetProgram> {
    const dir = await mkdtemp(join(parent, 'fleet-'));
    const file = join(dir, 'logkit.conf.json');
    const host = `127.0.0.1:${await freePort()}`;
    const config = { bind_host: host, confs_path: ['confs'], debug_level: 1, cluster, ...others };
    await mkdir(join(dir, 'confs'));
    await writeFile(file, JSON.stringify(config));

    const args = [launcher, 'serve', '-f', file];
    const program = new Program({ command: process.execPath, args, cwd: dir, signal });
    await program.ready(() => IS_RUNNING.test(program.output));
    const secret = typeof cluster['secret'] === 'string' ? cluster['secret'] : '';
    return new FleetProgram(`http://${host}`, program, { dir, secret });
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#program.output;
  }

  /** `token`: absent or '' for the secret of the cluster, where that has one. */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    token = this.#secret,
  ): Promise<Answer> {
    const answer = await request(this.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  /** The same, where anything but a 200 is a failure. */
  async tell(method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> {
    const { status, text } = await this.ask(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return text;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program.stop();
  }
}

interface Prepared {
  readonly dir: string;
  readonly secret: string;
}
