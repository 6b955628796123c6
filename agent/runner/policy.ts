import { realpath } from 'node:fs/promises';
import { basename, dirname, join, matchesGlob, resolve, sep } from 'node:path';
import { AppError } from '../../shared/kernel/errors.ts';

/**
 * What runners may do on this machine: a local matter that no configuration from elsewhere can
 * change. An empty list allows everything. What belongs to the program itself is never written, nor
 * read into a runner's options, whatever the lists.
 */
export interface Policy {
  readonly readPaths: readonly string[];
  readonly writePaths: readonly string[];
  readonly senders: readonly string[];
  /** Runners may start programs of their users' choice; absent: they may not. */
  readonly mayStartPrograms?: boolean;
  /** The program's own files and folders: configurations, checkpoints, keys, pages. */
  readonly protectedPaths: readonly string[];
  /** `confs_path`: a file that matches, or lies in a folder that does, would become a runner. */
  readonly protectedPatterns: readonly string[];
}

export async function requireReadable(policy: Policy, path: string): Promise<void> {
  requirePath(path);
  if (policy.readPaths.length === 0) return;
  const real = await realTarget(path);
  const roots = await Promise.all(policy.readPaths.map(realTarget));
  if (!roots.some((root) => isInside(real, root))) {
    throw refused(`reading ${path}`, 'policy.read_paths', policy.readPaths);
  }
}

export async function requireWritable(policy: Policy, path: string): Promise<void> {
  requirePath(path);
  const real = await realTarget(path);
  await requireForeign(policy, `writing ${path}`, real);
  if (policy.writePaths.length === 0) return;
  const roots = await Promise.all(policy.writePaths.map(realTarget));
  if (!roots.some((root) => isInside(real, root))) {
    throw refused(`writing ${path}`, 'policy.write_paths', policy.writePaths);
  }
}

/** A secret file is read where reading is allowed, and is none of the program's own. */
export async function requireSecretFile(policy: Policy, path: string): Promise<void> {
  await requireReadable(policy, path);
  await requireForeign(policy, `reading ${path} into an option`, await realTarget(path));
}

export function requireSender(policy: Policy, type: string): void {
  if (policy.senders.length === 0 || policy.senders.includes(type)) return;
  throw refused(`sender ${type}`, 'policy.senders', policy.senders);
}

export function requirePrograms({ mayStartPrograms = false }: Policy, type: string): void {
  if (mayStartPrograms) return;
  throw new AppError(
    'forbidden',
    `reader ${type} is not allowed on this machine: set policy.script to true in the main configuration`,
  );
}

async function requireForeign(policy: Policy, what: string, real: string): Promise<void> {
  const owns = await Promise.all(policy.protectedPaths.map(realTarget));
  const own =
    owns.find((root) => isInside(real, root)) ??
    policy.protectedPatterns.find(
      (glob) => matchesGlob(real, glob) || matchesGlob(dirname(real), glob),
    );
  if (own === undefined) return;
  throw new AppError(
    'forbidden',
    `${what} is not allowed: ${own} belongs to logkit-fleet itself; use another folder`,
  );
}

/** No system call takes a path with a zero byte: such a runner could never run. */
function requirePath(path: string): void {
  if (!path.includes('\0')) return;
  throw new AppError('invalid', `the path ${JSON.stringify(path)} holds a zero byte; remove it`);
}

function refused(what: string, key: string, allowed: readonly string[]): AppError {
  return new AppError(
    'forbidden',
    `${what} is not allowed on this machine: ${key} allows ${allowed.join(', ')}`,
  );
}

/** Where a path really leads, links followed; what does not exist yet is taken as written. */
async function realTarget(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(await realTarget(parent), basename(absolute));
  }
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
