import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { RunnerConfigStore } from '../../shared/stores/runner-config-store.ts';
import { readConfFile } from '../conf-runners.ts';
import { ConfFiles } from '../runner/conf-files.ts';

interface ConfigPlaces {
  readonly restDir: string;
  readonly confsPath: readonly string[];
  readonly clock: Clock;
}

/** The configurations of all runners, from where an agent would take them. */
export interface KeptConfigs {
  readonly configs: ReadonlyMap<string, RunnerConfig>;
  /** What cannot be used, and why. */
  readonly broken: readonly string[];
}

export async function readConfigs({
  restDir,
  confsPath,
  clock,
}: ConfigPlaces): Promise<KeptConfigs> {
  const configs = new Map<string, RunnerConfig>();
  const broken: string[] = [];
  for (const kept of await new RunnerConfigStore(restDir).list()) {
    if ('error' in kept) broken.push(kept.error);
    else configs.set(kept.name, { ...kept.config, name: kept.name });
  }
  const { changed } = await new ConfFiles(confsPath, clock).look();
  for (const path of changed) {
    try {
      const config = await readConfFile(path);
      if (!configs.has(config.name)) configs.set(config.name, config);
    } catch (thrown) {
      broken.push(`${path}: ${messageOf(thrown)}`);
    }
  }
  return { configs, broken };
}

/** @throws AppError `not_found`, which names those that there are. */
export function requireConfig({ configs, broken }: KeptConfigs, name: string): RunnerConfig {
  const config = configs.get(name);
  if (config !== undefined) return config;
  const known = [...configs.keys()];
  const hint = known.length === 0 ? 'there is none' : `there are: ${known.join(', ')}`;
  const trouble = broken.length === 0 ? '' : `; cannot be used: ${broken.join('; ')}`;
  throw new AppError('not_found', `there is no runner ${JSON.stringify(name)}; ${hint}${trouble}`);
}
