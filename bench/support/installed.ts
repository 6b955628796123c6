import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchContext } from './bench-case.ts';

const run = promisify(execFile);

/** Where daemons lie, which the PATH of most users leaves out. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** The path of a program, installed from its Debian package if need be and possible; else null. */
export async function installed(
  program: string,
  debianPackage: string,
  { say, signal }: BenchContext,
): Promise<string | null> {
  const found = await foundProgram(program);
  if (found !== null) return found;

  const install = ['apt-get', 'install', '-y', debianPackage];
  const [command = '', ...args] = process.getuid?.() === 0 ? install : ['sudo', '-n', ...install];
  say(`${program} is missing, trying ${[command, ...args].join(' ')}`);
  await run(command, args, { signal }).catch(() => undefined);
  return foundProgram(program);
}

/** The path of a program that is installed, or lies in one of the folders; or null. */
export async function foundProgram(
  program: string,
  folders: readonly string[] = installedFolders(),
): Promise<string | null> {
  for (const folder of folders) {
    const path = join(folder, program);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}

function installedFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).concat(SYSTEM_FOLDERS);
}
