import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './wait-for.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A `serve` that says `ready <pid>`, waits until it is told to stop, and says `stopped`. */
export const PATIENT = `
  const atWork = setInterval(() => undefined, 1_000);
  print('ready ' + process.pid);
  await once(signal, 'abort');
  clearInterval(atWork);
  print('stopped');`;

/** Says `stopped`, too, but never ends. */
export const STUBBORN = `${PATIENT}
  await new Promise(() => setInterval(() => undefined, 1_000));`;

/** How a process ended, and what it wrote. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The launcher and `main.ts` in a folder of their own, with a stand-in for `serve`. */
export class ProgramCopy {
  readonly dir: string;
  readonly #running = new Set<Running>();

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** `serveBody` is the body of `serve`, in which what it is given is known, such as `print` and `signal`. */
  static async create(serveBody: string): Promise<ProgramCopy> {
    const dir = await mkdtemp(join(tmpdir(), 'program-'));
    for (const name of ['logkit-fleet.js', 'main.ts', 'package.json']) {
      await copyFile(join(ROOT, name), join(dir, name));
    }
    for (const name of ['agent', 'shared', 'node_modules']) {
      await symlink(join(ROOT, name), join(dir, name));
    }
    await writeFile(join(dir, 'logkit.conf.json'), '{"confs_path": []}');
    await writeFile(
      join(dir, 'serve.ts'),
      `import { once } from 'node:events';
       import { AppError } from './shared/kernel/errors.ts';
       export async function serve({ config, env, print, signal, version }) { ${serveBody} }`,
    );
    return new ProgramCopy(dir);
  }

  /** Starts the launcher; `nodeOptions` is the NODE_OPTIONS of its process. */
  start(args: readonly string[] = [], nodeOptions = ''): Running {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const child = spawn(process.execPath, [join(this.dir, 'logkit-fleet.js'), ...args], {
      cwd: this.dir,
      env: { PATH, NODE_COMPILE_CACHE, NODE_OPTIONS: nodeOptions },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new Running(child);
    this.#running.add(running);
    return running;
  }

  async remove(): Promise<void> {
    for (const running of this.#running) running.kill('SIGKILL');
    await rm(this.dir, { recursive: true });
  }
}

export class Running {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = once(child, 'close').then(() => ({
      code: child.exitCode,
      signal: child.signalCode,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The id of the process that serves: this one, or the one that the launcher started. */
  async ready(): Promise<number> {
    const said = await waitFor('ready', () => /^ready (\d+)$/m.exec(this.#stdout)?.[1]);
    return Number(said);
  }

  async stopped(): Promise<void> {
    await waitFor('stopped', () => this.#stdout.includes('stopped'));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
