import { execFile } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchContext } from './bench-case.ts';
import { foundProgram } from './installed.ts';

const run = promisify(execFile);

/** What Debian calls this machine in the names of folders. */
const TRIPLET = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
/** Where packages put libraries, below their root. */
export const LIBRARIES = `usr/lib/${TRIPLET}`;

/** Where they put programs. */
const PROGRAM_FOLDERS = ['usr/sbin', 'usr/bin'];

/** A program, and the folder in which its package lies: `/` where it is installed. */
export interface DebianProgram {
  readonly command: string;
  readonly root: string;
}

/**
 * A program of this system; or, where it is not installed, its Debian package with what that needs,
 * unpacked into a folder. Two peers that Debian does not let be installed side by side can be had
 * so, and nothing of the machine changes. Null where there is no such package.
 */
export async function debianProgram(
  program: string,
  debianPackage: string,
  context: BenchContext,
): Promise<DebianProgram | null> {
  const command = await foundProgram(program);
  if (command !== null) return { command, root: '/' };

  context.say(`${program} is missing, trying to unpack ${debianPackage}`);
  try {
    const root = await unpacked(debianPackage, context);
    const command = await foundProgram(
      program,
      PROGRAM_FOLDERS.map((folder) => join(root, folder)),
    );
    return command === null ? null : { command, root };
  } catch (thrown) {
    context.signal.throwIfAborted();
    context.say(`${debianPackage} cannot be had: ${String(thrown).split('\n', 1).join('')}`);
    return null;
  }
}

const TO_INSTALL = /^Inst (\S+)/gm;

async function unpacked(debianPackage: string, { dir, signal }: BenchContext): Promise<string> {
  const root = await mkdtemp(join(dir, `${debianPackage}-`));
  const simulate = ['--simulate', '--no-install-recommends', 'install', debianPackage];
  const { stdout } = await run('apt-get', simulate, { signal });
  const packages = [...stdout.matchAll(TO_INSTALL)].map(([, name = '']) => name);
  await run('apt-get', ['download', ...packages], { cwd: root, signal });
  const archives = (await readdir(root)).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) await run('dpkg-deb', ['-x', join(root, archive), root]);
  return root;
}

/** Where libraries lie that the packages of such a program have brought. */
export function libraryPath(root: string): string {
  const folders = [LIBRARIES, `lib/${TRIPLET}`, 'usr/lib/syslog-ng'];
  return folders.map((folder) => join(root, folder)).join(delimiter);
}
