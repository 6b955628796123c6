import type { Logger } from 'pino';
import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import type { CheckpointStore } from '../../shared/stores/checkpoint-store.ts';
import type { PluginContext } from '../plugins/plugin.ts';
import type { AuditLog } from './audit-log.ts';
import { enrichment, type HostInfo } from './enrich.ts';
import { buildPipeline, type Catalog } from './pipeline.ts';
import type { Policy } from './policy.ts';
import { redactor } from './redact.ts';
import { Runner } from './runner.ts';

export interface LaunchDeps {
  readonly catalog: Catalog;
  readonly policy: Policy;
  readonly checkpoints: CheckpointStore;
  readonly contextFor: (runner: string) => PluginContext;
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

interface PrepareOptions {
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
): Promise<Runner> {
  try {
    const { resolved, secrets } = withSecrets(config, deps.resolveSecrets);
    const context = deps.contextFor(config.name);
    const { catalog, policy, env, host } = deps;
    const pipeline = await buildPipeline(resolved, { catalog, policy, context, mustExist });
    const enrich = enrichment(config, { env, host });
    return new Runner({ ...deps, config, pipeline, enrich, redact: redactor(secrets) });
  } catch (thrown) {
    const { kind, message, details } = toAppError(thrown);
    throw new AppError(
      kind,
      `forkRunner ${label} error NewRunner(${config.name}) failed: ${message}`,
      {
        cause: thrown,
        details,
      },
    );
  }
}

function withSecrets(config: RunnerConfig, resolve: LaunchDeps['resolveSecrets']) {
  const secrets: string[] = [];
  const text = (value: string): string => {
    const result = resolve(value);
    secrets.push(...result.secrets);
    return result.value;
  };
  const options = (given: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key, text(value)]));

  const resolved: RunnerConfig = {
    ...config,
    reader: config.reader && options(config.reader),
    parser: config.parser && options(config.parser),
    senders: config.senders?.map(options),
    transforms: config.transforms?.map((given) =>
      Object.fromEntries(
        Object.entries(given).map(([key, value]) => [
          key,
          typeof value === 'string' ? text(value) : value,
        ]),
      ),
    ),
  };
  return { resolved, secrets };
}
