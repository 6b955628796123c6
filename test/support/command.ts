import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { FleetProcess } from './fleet-process.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'logkit-fleet.js');

/** How a command ended, and what it wrote. */
interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the program beside a fleet process, with the configuration of that. */
export function runCommand(fleet: FleetProcess, args: readonly string[]): Promise<CommandResult> {
  const all = [LAUNCHER, ...args, '-f', fleet.file];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { cwd: fleet.dir }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}
