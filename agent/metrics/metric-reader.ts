import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { openRoundReader, type Round } from '../fetch/round-reader.ts';
import type { PluginContext, Reader, ReaderOpening } from '../plugins/plugin.ts';
import { METRICS } from './catalog.ts';
import type { Collector, Look, Sample } from './collector.ts';

const INTERVAL_S_DEFAULT = 30;
const INTERVAL_S_MIN = 1;

type Metric = NonNullable<RunnerConfig['metric']>[number];

interface Source {
  readonly type: string;
  /** Fields that are not wanted, as `attributes` names them: `cpu_time_user`. */
  readonly without: ReadonlySet<string>;
  readonly collector: Collector;
}

/**
 * The reader of a runner that has no `reader` but a list of `metric`s: it looks at this machine
 * every `collect_interval` seconds and hands out one record of each source, as JSON lines, with
 * keys such as `mem__total`. A look that failed, or was not delivered when the process died, is
 * not made up for.
 *
 * @throws AppError `invalid` for a type that is not known, or a machine that has no /proc.
 */
export function metricReader({ metric = [], collect_interval = 0 }: RunnerConfig) {
  const intervalS = collect_interval === 0 ? INTERVAL_S_DEFAULT : collect_interval;
  const everyMs = Math.max(intervalS, INTERVAL_S_MIN) * 1_000;
  for (const { type } of metric) requireKnown(type);
  return {
    check: () => Promise.resolve(),
    readPaths: (): readonly string[] => [],
    reads: () => false,
    deletesAfterMs: () => null,
    open(opening: ReaderOpening, context: PluginContext): Reader {
      const sources = metric.map(sourceOf);
      const types = metric.map(({ type }) => type).join(',');
      return openRoundReader(
        {
          ...{ source: 'metric', origin: `metric:${types}`, onStart: true },
          schedule: { kind: 'loop', everyMs },
          gather: () => look(sources, context),
        },
        opening,
        context,
      );
    },
  };
}

function requireKnown(type: string): void {
  if (!METRICS.has(type)) {
    const known = [...METRICS.keys()].join(', ');
    throw new AppError(
      'invalid',
      `metric ${JSON.stringify(type)} is not known; known are ${known}`,
    );
  }
  if (platform() !== 'linux') {
    throw new AppError('invalid', `metric ${type} is read from /proc, which only Linux has`);
  }
}

function sourceOf({ type, attributes, config }: Metric): Source {
  const without = Object.entries(attributes).filter(([, isWanted]) => String(isWanted) === 'false');
  const options = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const open = METRICS.get(type);
  if (open === undefined) throw new AppError('invalid', `metric ${type} is not known`);
  return { type, without: new Set(without.map(([name]) => name)), collector: open(options) };
}

/** What one source cannot tell is told in the status; the others go on. */
async function look(sources: readonly Source[], { clock }: PluginContext): Promise<Round> {
  const timestamp = new Date(clock.now()).toISOString();
  const now: Look = { proc, nowMs: clock.monotonicMs() };
  const looks = await Promise.allSettled(sources.map(({ collector }) => collector.collect(now)));
  const lines = looks.flatMap((result, index) => {
    const source = sources[index];
    if (result.status === 'rejected' || source === undefined) return [];
    return result.value.map((sample) => `${JSON.stringify(recordOf(source, sample, timestamp))}\n`);
  });
  const failed = looks.flatMap((result, index) =>
    result.status === 'rejected'
      ? [`metric ${sources[index]?.type ?? ''}: ${messageOf(result.reason)}`]
      : [],
  );
  const bytes = Buffer.from(lines.join(''));
  const parts =
    lines.length === 0 ? [] : [{ bytes, lines: lines.length, ends: null, isFilled: true }];
  return { parts, trouble: failed.length === 0 ? null : failed.join('; ') };
}

function recordOf({ type, without }: Source, sample: Sample, timestamp: string) {
  const fields = Object.entries(sample)
    .filter(([name]) => !without.has(`${type}_${name}`))
    .map(([name, value]): [string, unknown] => [`${type}__${name}`, value]);
  return { ...Object.fromEntries(fields), timestamp };
}

async function proc(name: string): Promise<string> {
  const path = join('/proc', name);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('unavailable', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
