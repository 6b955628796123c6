import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { BatchLimits, Reader, ReaderOpening } from '../plugins/plugin.ts';
import { linesOf } from './sample-batch.ts';

const LINES = { fallback: 10, max: 100 };
const TIMEOUT_S = { fallback: 30, min: 10, max: 300 };
/** So long more lines are waited for once there are some. */
const MORE_MS = 500;
const SAMPLE_BYTES_MAX = 2 * 1024 * 1024;

/** How much of a source is looked at: the original's options `raw_data_lines`, `raw_data_timeout`. */
export function sampleSize(options: PluginOptions): { lines: number; timeoutMs: number } {
  const lines = Number(options['raw_data_lines'] ?? LINES.fallback);
  const seconds = Number(options['raw_data_timeout'] ?? TIMEOUT_S.fallback);
  const isPossible = seconds >= TIMEOUT_S.min && seconds <= TIMEOUT_S.max;
  return {
    lines: lines >= 1 ? Math.min(Math.floor(lines), LINES.max) : LINES.fallback,
    timeoutMs: (isPossible ? seconds : TIMEOUT_S.fallback) * 1000,
  };
}

interface Looking {
  readonly open: (opening: ReaderOpening) => Reader;
  readonly size: ReturnType<typeof sampleSize>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The first lines of a source. Nothing is settled: what must be acknowledged to its source is not,
 * and comes again when a runner reads it.
 *
 * @throws AppError `timeout` when none came in time; it says what the reader waits for.
 */
export async function sampleLines({ open, size, clock, signal }: Looking): Promise<string[]> {
  const end = new AbortController();
  const quit = AbortSignal.any([end.signal, signal]);
  const reader = open({
    ...{ positions: new Map(), sealed: new Map(), signal: quit },
    limits: limitsFor(size.lines),
  });
  const endIn = (ms: number) => void clock.sleep(ms, quit).then(() => end.abort());
  const lines: string[] = [];
  endIn(size.timeoutMs);
  try {
    for await (const batch of reader.batches) {
      if (lines.length === 0 && batch.lines > 0) endIn(MORE_MS);
      lines.push(...linesOf(batch));
      if (lines.length >= size.lines) break;
    }
  } finally {
    end.abort();
  }
  if (lines.length > 0) return lines.slice(0, size.lines);
  const why = reader.trouble() ?? 'nothing came';
  throw new AppError(
    'timeout',
    `reader "${reader.origin}" - error: ${why}, tried for ${size.timeoutMs / 1000} s`,
  );
}

function limitsFor(lines: number): BatchLimits {
  return { lines, bytes: SAMPLE_BYTES_MAX, lingerMs: 0, lineBytes: 0 };
}
