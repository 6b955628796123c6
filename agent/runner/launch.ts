import type { Logger } from 'pino';
import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import type { CheckpointStore } from '../../shared/stores/checkpoint-store.ts';
import type { BufferFolders } from '../buffer/buffer-folders.ts';
import { type OpenPartitions, partitionedRunner } from '../partitioned/prepare-partitioned.ts';
import type { Catalog } from '../plugins/catalog.ts';
import type { PluginContext } from '../plugins/plugin.ts';
import type { AuditLog } from './audit-log.ts';
import type { BatchMemory } from './batch-memory.ts';
import { enrichment, type HostInfo } from './enrich.ts';
import { buildPipeline } from './pipeline.ts';
import { type Policy, requireSecretFile } from './policy.ts';
import { redactor } from './redact.ts';
import { Runner } from './runner.ts';
import type { Running } from './running.ts';

export interface LaunchDeps {
  readonly catalog: Catalog;
  readonly policy: Policy;
  readonly checkpoints: CheckpointStore;
  readonly buffers: BufferFolders;
  readonly memory: BatchMemory;
  /** Opens a namespace of the store for shared work; null: `store` is not set. Whoever opens it closes it. */
  readonly openPartitions: OpenPartitions | null;
  /** Who this agent is in shared work: the same after a restart, and nobody else. */
  readonly workerId: string;
  readonly contextFor: (runner: string) => Omit<PluginContext, 'isSynced'>;
  /** Replaces `${env:NAME}` and `${file:PATH}`; gives the replaced values for redaction. */
  readonly resolveSecrets: (text: string) => {
    readonly value: string;
    readonly secrets: readonly string[];
  };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: HostInfo;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
  readonly audit: AuditLog;
}

/** As `resolveSecrets` knows them. */
const FILE_REFERENCE = /\$\{file:([^}]*)\}/g;

export interface PrepareOptions {
  /** What the original calls the runner in its messages: the name when added, the file when changed. */
  readonly label: string;
  readonly mustExist: boolean;
}

/**
 * Checks a configuration down to its plugins and makes a runner of it that is not started yet.
 * Nothing outside has changed when this throws.
 *
 * @throws AppError with the original's words in front: `forkRunner <label> error NewRunner(...)`.
 */
export async function prepareRunner(
  config: RunnerConfig,
  { label, mustExist }: PrepareOptions,
  deps: LaunchDeps,
): Promise<Running> {
  const secrets: string[] = [];
  try {
    const resolved = await withSecrets(config, secrets, deps);
    const isSynced = config.durability === 'power';
    const context = { ...deps.contextFor(config.name), isSynced };
    const { catalog, policy, env, host } = deps;
    const pipeline = await buildPipeline(resolved, { catalog, policy, context, mustExist });
    const enrich = enrichment(config, { env, host });
    const runner = { ...deps, config, enrich, redact: redactor(secrets) };
    if (config.partition === undefined) return new Runner({ ...runner, pipeline });
    return await partitionedRunner(config.partition, { ...deps, runner, pipeline });
  } catch (thrown) {
    const { kind, message, details } = toAppError(thrown);
    const why = redactor(secrets)(message);
    throw new AppError(kind, `forkRunner ${label} error NewRunner(${config.name}) failed: ${why}`, {
      // The whole chain of causes may be logged.
      ...(why === message && { cause: thrown }),
      details,
    });
  }
}

/**
 * Puts the secrets into the options, and adds each to `secrets`: a message may quote an option.
 * Of transforms only options that are secret get any: what others add goes into records.
 */
export async function withSecrets(
  config: RunnerConfig,
  secrets: string[],
  { resolveSecrets, policy, catalog }: LaunchDeps,
): Promise<RunnerConfig> {
  for (const path of secretFilesOf(config, catalog)) await requireSecretFile(policy, path);
  const text = (value: string): string => {
    const result = resolveSecrets(value);
    secrets.push(...result.secrets);
    return result.value;
  };
  const options = (given: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key, text(value)]));

  return {
    ...config,
    reader: config.reader && options(config.reader),
    parser: config.parser && options(config.parser),
    transforms: config.transforms?.map((given) => ({
      ...given,
      ...options(secretOptions(given, catalog)),
    })),
    senders: config.senders?.map(options),
  };
}

/** The options of a transform whose values are never shown. */
function secretOptions(given: Readonly<Record<string, unknown>>, { transforms }: Catalog) {
  const secrets = transforms.find(({ type }) => type === given['type'])?.secrets ?? [];
  return Object.fromEntries(
    secrets.flatMap((name) => {
      const value = given[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}

/** A file behind `${file:PATH}` is read like any other: where the policy allows it. */
function secretFilesOf(config: RunnerConfig, catalog: Catalog): string[] {
  const { reader, parser, transforms = [], senders = [] } = config;
  const ofTransforms = transforms.map((given) => secretOptions(given, catalog));
  const texts = [reader, parser, ...ofTransforms, ...senders].flatMap((options) =>
    Object.values(options ?? {}),
  );
  return texts.flatMap((text) => [...text.matchAll(FILE_REFERENCE)].map(([, path = '']) => path));
}
