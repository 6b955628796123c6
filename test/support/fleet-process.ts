import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Response } from 'supertest';
import { waitFor } from './wait-for.ts';

/** On a machine that has much else to do. */
const START_MS_MAX = 150_000;
const PAGE = /is running; open (https?:\/\/[^\s/]+)\//;
const LAUNCHER = join(import.meta.dirname, '..', '..', 'logkit-fleet.js');

/** Any JSON: the tests assert its shape. */
export type Json = Response['body'];

/** How a process is started, beside its configuration. */
interface Launch {
  readonly launcher?: string;
  /** Added to the variables that it was prepared with. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program, with its arguments, that starts it: one that changes the user, for example. */
  readonly wrapper?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** One real logkit-fleet process, started from its launcher with a configuration file of its own. */
export class FleetProcess {
  readonly dir: string;
  readonly file: string;
  output = '';
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;
  #url = '';

  private constructor(dir: string, env: Readonly<Record<string, string>>) {
    this.dir = dir;
    this.file = join(dir, 'logkit.conf.json');
    this.#env = env;
  }

  /** A folder with a configuration; nothing runs yet. `confs_path` is the folder's `confs`. */
  static async prepare(
    config: Readonly<Record<string, unknown>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<FleetProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'fleet-'));
    await mkdir(join(dir, 'confs'));
    const fleet = new FleetProcess(dir, env);
    await fleet.configure(config);
    return fleet;
  }

  static async start(
    config: Readonly<Record<string, unknown>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<FleetProcess> {
    const fleet = await FleetProcess.prepare(config, env);
    await fleet.run();
    return fleet;
  }

  configure(config: Readonly<Record<string, unknown>>): Promise<void> {
    return writeFile(
      this.file,
      JSON.stringify({ confs_path: ['confs'], debug_level: 1, ...config }),
    );
  }

  /** Starts the process and waits until it says where its page is. */
  async run({ launcher = LAUNCHER, env = {}, wrapper = [] }: Launch = {}): Promise<void> {
    this.output = '';
    const words = [...wrapper, process.execPath, launcher, 'serve', '-f', this.file];
    const child = spawn(words[0] ?? '', words.slice(1), {
      cwd: this.dir,
      env: { ...process.env, ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    const stopWaiting = new AbortController();
    const gone = once(child, 'exit', { signal: stopWaiting.signal }).then(() => {
      throw new Error(`exited ${String(child.exitCode)}: ${this.output}`);
    });
    const page = waitFor("the page's address", () => PAGE.exec(this.output)?.[1], START_MS_MAX);
    this.#url = await Promise.race([page, gone]).finally(() => stopWaiting.abort());
  }

  get url(): string {
    return this.#url;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async ask(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed: Json = text.startsWith('{') ? JSON.parse(text) : text;
    return { status: answer.status, body: parsed };
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  /** Ends the process by a signal; resolves to its exit code, or null when the signal killed it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) {
      return child?.exitCode ?? null;
    }
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Runs a process that is expected to end by itself. */
  async runToEnd(): Promise<{ code: number | null; output: string }> {
    await this.run().catch(() => undefined);
    const child = this.#child;
    if (child?.exitCode === null) await once(child, 'exit');
    return { code: child?.exitCode ?? null, output: this.output };
  }

  async remove(): Promise<void> {
    this.signal('SIGCONT');
    await this.end('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
