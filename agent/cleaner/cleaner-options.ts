import { z } from 'zod';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { option } from '../plugins/option.ts';
import type { PluginInfo } from '../plugins/plugin.ts';

const INTERVAL_S = { fallback: 300, max: 86_400 };
const FILES = { fallback: 10, max: 1_000_000 };
const MIB = { fallback: 2_048, max: 1_000_000_000 };

const CleanerOptions = z.looseObject({
  delete_enable: option
    .flag(false)
    .describe('Files that are read to their end are deleted when there are too many of them.'),
  delete_interval: option
    .int(INTERVAL_S.fallback, { min: 1, max: INTERVAL_S.max })
    .describe('How often that is looked at, in seconds.')
    .meta({ advanced: true }),
  reserve_file_number: option
    .int(FILES.fallback, { min: 0, max: FILES.max })
    .describe('So many files that are read are kept, the newest; 0: any number.')
    .meta({ advanced: true }),
  reserve_file_size: option
    .int(MIB.fallback, { min: 0, max: MIB.max })
    .describe('So many MiB of files that are read are kept, the newest; 0: any number.')
    .meta({ advanced: true }),
});

/** What a form is told of it, as of a plugin. */
export const CLEANER: PluginInfo = {
  type: 'cleaner',
  usage: 'Deletes files that were read to their end.',
  schema: CleanerOptions,
  secrets: [],
};

/** How many files that are read are kept. */
export interface Reserve {
  readonly filesMax: number;
  readonly bytesMax: number;
}

export interface CleanerRule extends Reserve {
  readonly intervalMs: number;
}

/**
 * What the cleaner of a runner is told; null: it is off.
 *
 * @throws AppError `invalid` for options that mean nothing.
 */
export function cleanerRule(given: PluginOptions | undefined): CleanerRule | null {
  const result = CleanerOptions.safeParse(given ?? {});
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'options'}: ${message}`,
    );
    throw new AppError('invalid', `cleaner: ${problems.join('; ')}`);
  }
  const {
    delete_enable: isOn,
    delete_interval,
    reserve_file_number,
    reserve_file_size,
  } = result.data;
  if (!isOn) return null;
  return {
    intervalMs: delete_interval * 1_000,
    filesMax: reserve_file_number === 0 ? Number.POSITIVE_INFINITY : reserve_file_number,
    bytesMax: reserve_file_size === 0 ? Number.POSITIVE_INFINITY : reserve_file_size * 1024 * 1024,
  };
}
