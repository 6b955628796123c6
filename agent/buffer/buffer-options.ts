import { z } from 'zod';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { option } from '../plugins/option.ts';

const DISK_BYTES = { fallback: 500 * 1024 * 1024, max: 2 ** 50 };
const SEGMENT_BYTES = { fallback: 100 * 1024 * 1024, min: 1024, max: 2 ** 40 };

/** What a sender's buffer on disk may take, and what happens when that is taken. */
export interface BufferLimits {
  readonly bytesMax: number;
  readonly segmentBytesMax: number;
  readonly whenFull: 'block' | 'drop_oldest';
}

/** The original's names, but for `buffer_when_full`, which is ours: the original always drops. */
const BufferOptions = z.object({
  fault_tolerant: option.flag(true),
  max_disk_used_bytes: option.int(DISK_BYTES.fallback, { min: 0, max: DISK_BYTES.max }),
  max_size_per_file: option.int(SEGMENT_BYTES.fallback, SEGMENT_BYTES),
  buffer_when_full: z
    .enum(['block', 'drop_oldest', ''], { error: 'must be "block" or "drop_oldest"' })
    .default('block')
    .transform((text) => (text === 'drop_oldest' ? text : 'block')),
});

/** Options of the original's queue that a buffer does without, with the values that ask nothing. */
const WITHOUT_EFFECT: Readonly<Record<string, readonly string[]>> = {
  ft_strategy: ['', 'backup_only'],
  ft_procs: ['', '0', '1'],
  ft_memory_channel: ['', 'false'],
  ft_memory_channel_size: ['', '0'],
  ft_long_data_discard: ['', 'false'],
  ft_discard_failed_data: ['', 'false'],
  ft_save_log_path: [''],
  ft_write_limit: ['', '0'],
  ft_sync_every: ['', '0'],
};

/**
 * The buffer that a sender's options ask for; null for none. `isBlocking` is the runner's
 * `is_block`: it then waits for each sender.
 *
 * @throws AppError `invalid` that names the option and what would be right.
 */
export function bufferLimits(options: PluginOptions, isBlocking: boolean): BufferLimits | null {
  const result = BufferOptions.safeParse(options);
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );
    throw new AppError('invalid', `sender ${options['sender_type']}: ${problems.join('; ')}`);
  }
  const { fault_tolerant, max_disk_used_bytes, max_size_per_file, buffer_when_full } = result.data;
  if (isBlocking || !fault_tolerant || max_disk_used_bytes === 0) return null;
  return {
    bytesMax: max_disk_used_bytes,
    segmentBytesMax: Math.min(max_size_per_file, max_disk_used_bytes),
    whenFull: buffer_when_full,
  };
}

/** Those of the original's options that mean something there, and nothing here. */
export function queueOptionsWithoutEffect(options: PluginOptions): string[] {
  return Object.entries(WITHOUT_EFFECT)
    .filter(([key, harmless]) => {
      const value = options[key];
      return value !== undefined && !harmless.includes(value.toLowerCase());
    })
    .map(([key]) => key);
}
