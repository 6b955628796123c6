import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nobody: database servers will not run as root. */
const NOBODY = 65_534;
export const IS_ROOT = process.getuid?.() === 0;

/** Makes a file or folder one of the user that servers run as. */
export function giveToServers(path: string): void {
  if (IS_ROOT) chownSync(path, NOBODY, NOBODY);
}

/** A server of Debian in a folder of its own, which is removed with it. */
export class ServerProcess {
  readonly dir: string;
  #child: ChildProcess | null = null;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async prepare(name: string): Promise<ServerProcess> {
    const dir = await mkdtemp(join(tmpdir(), `${name}-`));
    giveToServers(dir);
    return new ServerProcess(dir);
  }

  /** Runs a program to its end, as the server's user. */
  run(program: string, args: readonly string[]): void {
    execFileSync(program, args, { cwd: this.dir, stdio: 'pipe', ...asUser() });
  }

  start(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, {
      cwd: this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...asUser(),
    });
    child.stdout.resume();
    child.stderr.resume();
    this.#child = child;
    return child;
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

function asUser() {
  return IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {};
}
