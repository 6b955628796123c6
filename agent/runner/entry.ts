import { REDACTED } from '../../shared/domain/redaction.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { RunnerName } from '../../shared/domain/runner-name.ts';
import type { RunnerStatus } from '../../shared/domain/runner-status.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { type CleanedFiles, nothingCleaned } from '../cleaner/cleaned-files.ts';
import type { Running } from './running.ts';
import { type AgentIdentity, idleStatus, type StatusView } from './status.ts';
import { hasRedacted, toWireConfig } from './wire-config.ts';

/** Where a configuration comes from: `rest_dir` (the API's) or a file of the user's own. */
export type Origin = 'rest' | 'confs';

/** One runner of the agent: what it should do, and the runner that does it. */
export interface Entry {
  readonly name: string;
  readonly origin: Origin;
  /** The absolute path of its configuration file. */
  readonly path: string;
  config: RunnerConfig;
  isStopped: boolean;
  runner: Running | null;
  view: StatusView | null;
  /** Why the configuration cannot be used; the last good runner may be at work all the same. */
  error: string | null;
  /** The file has never been readable: all that is known of the configuration is its name. */
  isBlank: boolean;
  readonly cleaned: CleanedFiles;
}

export function newEntry(
  config: RunnerConfig,
  { origin, path, isStopped }: Pick<Entry, 'origin' | 'path' | 'isStopped'>,
): Entry {
  const idle = { runner: null, view: null, error: null, isBlank: false };
  const cleaned = nothingCleaned();
  return { name: config.name, origin, path, config, isStopped, ...idle, cleaned };
}

/** Stands for a file that cannot be read, so that people see it and why. */
export function brokenEntry(name: string, origin: Origin, path: string, error: string): Entry {
  const config = RunnerConfig.parse({ name });
  return { ...newEntry(config, { origin, path, isStopped: false }), error, isBlank: true };
}

export function statusOf(entry: Entry, identity: AgentIdentity, nowMs: number): RunnerStatus {
  const { name, view, error, cleaned } = entry;
  if (view === null) return idleStatus(name, identity, error);
  const status = { ...view.look(identity, nowMs), ...shownCleaned(cleaned) };
  return error === null ? status : { ...status, error };
}

function shownCleaned({ files, bytes, lastPath, trouble }: CleanedFiles) {
  if (files === 0 && trouble === '') return {};
  const last = files === 0 ? {} : { last_deleted: lastPath };
  const error = trouble === '' ? {} : { error: trouble };
  return { cleaner: { deleted_files: files, deleted_bytes: bytes, ...last, ...error } };
}

export function wireConfigOf({ config, origin, isStopped }: Entry): Record<string, unknown> {
  return toWireConfig({ ...config, is_stopped: isStopped }, origin === 'rest');
}

/** @throws AppError `invalid` when no file name may be formed from the name. */
export function requireName(name: string): string {
  const result = RunnerName.safeParse(name);
  if (result.success) return result.data;
  throw new AppError('invalid', result.error.issues[0]?.message ?? 'runner name is not allowed');
}

/** The user's own files are the user's: the API changes them only when told to. */
export function requireOwn({ name, origin, path }: Entry, force: boolean): void {
  if (origin === 'rest' || force) return;
  throw new AppError(
    'conflict',
    `runner ${name} comes from the file ${path}: change that file, or add force=true to overwrite it`,
  );
}

/** In shared work an agent is one worker: two of its runners would take each other's partitions. */
export function requireOwnKey({ name, partition }: RunnerConfig, entries: Iterable<Entry>): void {
  if (partition === undefined) return;
  const { key } = partition;
  for (const { name: other, config } of entries) {
    if (other === name || config.partition?.key !== key) continue;
    throw new AppError(
      'conflict',
      `runner ${other} of this agent shares its work by the key ${JSON.stringify(key)} already; give ${name} another partition.key`,
    );
  }
}

/** What all agents have done is not one agent's to forget. */
export function requireUnshared({ name, config: { partition } }: Entry): void {
  if (partition === undefined) return;
  throw new AppError(
    'conflict',
    `runner ${name} shares its work with other agents by the key ${JSON.stringify(partition.key)}, and a reset would ` +
      'concern all of them; give the runner another partition.key on all agents, and everything is read again',
  );
}

/** What is not known cannot be kept: a broken file must not be overwritten with nothing. */
export function requireUsable({ name, path, error, isBlank }: Entry): void {
  if (!isBlank) return;
  throw new AppError(
    'conflict',
    `runner ${name} has no usable configuration: mend or delete ${path}: ${error ?? ''}`,
  );
}

/** A marker that stands for no stored secret must not become the secret. */
export function requireNoMarker(config: RunnerConfig): void {
  if (!hasRedacted(config)) return;
  const references = ['env:NAME', 'file:PATH'].map((reference) => `$\{${reference}}`).join(' or ');
  throw new AppError(
    'invalid',
    `an option is ${REDACTED}, which stands for a secret that is not stored here; write the secret, or ${references}`,
  );
}
