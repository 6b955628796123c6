import { pino } from 'pino';
import { z } from 'zod';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Catalog } from '../plugins/catalog.ts';
import type { LogRecord, PluginContext } from '../plugins/plugin.ts';
import { enrichment } from '../runner/enrich.ts';
import { parserOf, transformsOf } from '../runner/pipeline.ts';
import type { Policy } from '../runner/policy.ts';
import { rehearse } from './rehearse.ts';

const TESTS_MAX = 10_000;
const LINES_MAX = 10_000;

const Case = z.strictObject({
  name: z.string().min(1, 'is empty; say what the test shows'),
  /** The lines that are read. */
  input: z.array(z.string()).max(LINES_MAX),
  /** The records that are to come of them, in their order. */
  expect: z.array(z.record(z.string(), z.unknown())),
  /** Fields that are not compared, such as an id. */
  ignore: z.array(z.string()).default([]),
});

/** What `logkit-fleet config test` reads. */
export const ConfigTests = z.strictObject({
  /** The runner: the path of its file, seen from this one, or the configuration itself. */
  runner: z.union([z.string(), z.record(z.string(), z.unknown())], {
    error: 'must be the path of a configuration, or the configuration itself',
  }),
  /** What the clock says all the while. */
  now: z.iso.datetime({ offset: true }).default('2026-01-01T00:00:00Z'),
  tests: z
    .array(Case, { error: 'must be a list of {"name", "input", "expect"}' })
    .min(1, 'is empty; write at least one test')
    .max(TESTS_MAX),
});
export type ConfigTests = z.output<typeof ConfigTests>;

export interface TestOutcome {
  readonly name: string;
  readonly isPassed: boolean;
  /** One line a difference; none when it passed. */
  readonly differences: readonly string[];
}

interface TestDeps {
  readonly catalog: Catalog;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A file that the user names is read; nothing is written, and nothing is sent. */
const POLICY: Policy = {
  ...{ readPaths: [], writePaths: [], senders: [], protectedPaths: [], protectedPatterns: [] },
};

/**
 * Takes the lines of each test through parser, enrichment and transforms of a runner, each test
 * with fresh ones, and compares what comes of them.
 *
 * @throws AppError `invalid` when the configuration could never run.
 */
export async function runConfigTests(
  given: unknown,
  { tests, now }: Pick<ConfigTests, 'tests' | 'now'>,
  { catalog, env }: TestDeps,
): Promise<TestOutcome[]> {
  const result = RunnerConfig.safeParse(given);
  if (!result.success) throw new AppError('invalid', z.prettifyError(result.error));
  const config = result.data;
  const nowMs = Date.parse(now);
  const context = contextAt(nowMs, config.name);
  const deps = { catalog, policy: POLICY, context, mustExist: true };
  const parser = await parserOf(config, deps);
  const transforms = await transformsOf(config, deps);
  const host = { hostname: 'host', core: '1', osinfo: 'os', localip: '127.0.0.1' };
  return tests.map(({ name, input, expect, ignore }) => {
    const stages = {
      parser: parser.open(context),
      enrich: enrichment(config, { env, host }),
      transforms: transforms.map((transform) => ({
        ...{ name: transform.name, type: transform.type },
        transform: transform.configured.open(context),
      })),
    };
    const origin = config.reader?.['log_path'] ?? '';
    const lines = input.map((line) => `${line}\n`).join('');
    const { records } = rehearse(lines, { origin, ...stages }, nowMs);
    for (const { transform } of stages.transforms) transform.close?.();
    const differences = differencesOf(expect, records, ignore);
    return { name, isPassed: differences.length === 0, differences };
  });
}

function differencesOf(
  expected: readonly LogRecord[],
  actual: readonly LogRecord[],
  ignored: readonly string[],
): string[] {
  const count = Math.max(expected.length, actual.length);
  return Array.from({ length: count }, (_, n) => [expected[n], actual[n]] as const).flatMap(
    ([wanted, got], n) => {
      const [a, b] = [comparable(wanted, ignored), comparable(got, ignored)];
      return a === b ? [] : [`record ${n + 1}: expected ${a}`, `record ${n + 1}: came     ${b}`];
    },
  );
}

/** JSON text with its keys in one order: numbers are compared digit by digit. */
function comparable(record: LogRecord | undefined, ignored: readonly string[]): string {
  if (record === undefined) return 'none';
  const kept = Object.entries(record).filter(([key]) => !ignored.includes(key));
  return JSON.stringify(inOrder(Object.fromEntries(kept)));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, inOrder(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => Number(a > b) - Number(a < b)));
}

/** A world in which nothing moves, and that reaches nothing. */
function contextAt(nowMs: number, runner: string): PluginContext {
  const refuse = () =>
    Promise.reject(new AppError('unavailable', 'a test of a configuration reaches nothing'));
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => 0,
    sleep: () => Promise.resolve(),
  };
  return {
    ...{ runner, clock, random: { next: () => 0.5 }, log: pino({ level: 'silent' }) },
    http: { request: refuse, close: () => Promise.resolve() },
    openHttp: () => ({ request: refuse, close: () => Promise.resolve() }),
    files: { append: refuse, close: () => Promise.resolve() },
    ...{ isSynced: false, timeLayouts: [], env: {} },
  };
}
