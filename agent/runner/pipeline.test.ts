import { expect, it } from 'vitest';
import { z } from 'zod';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { pluginContext } from '../../test/support/plugin-context.ts';
import { CATALOG } from '../plugins/catalog.ts';
import { defineReader } from '../plugins/define.ts';
import { buildPipeline } from './pipeline.ts';

const policy = {
  ...{ readPaths: [], writePaths: [], senders: [] },
  ...{ protectedPaths: [], protectedPatterns: [] },
};

/** The `head_pattern` that a reader of this runner is given. */
async function headPatternOf(runner: Record<string, unknown>): Promise<string | undefined> {
  let given: string | undefined;
  const reader = defineReader({
    type: 'told',
    usage: 'Keeps what it is told.',
    options: z.object({ head_pattern: z.string().optional() }),
    check: async ({ head_pattern: head }) => {
      given = head;
    },
    open: () => {
      throw new Error('it is not opened');
    },
  });
  const config = RunnerConfig.parse({
    ...{ name: 'r1', reader: { mode: 'told' }, senders: [{ sender_type: 'discard' }] },
    ...runner,
  });
  const catalog = { ...CATALOG, readers: [reader] };
  await buildPipeline(config, { catalog, policy, context: pluginContext(), mustExist: true });
  return given;
}

const own = { mode: 'told', head_pattern: '^# Time' };

it.each([
  { runner: { parser: { type: 'mysqllog' } }, head: '^# User@Host:' },
  { runner: { parser: { type: 'mysqllog' }, reader: own }, head: '^# Time' },
  { runner: { parser: { type: 'mysqllog' }, send_raw: true }, head: undefined },
  { runner: { parser: { type: 'json' } }, head: undefined },
])(
  'A parser of records of several lines has the reader join them: $runner',
  async ({ runner, head }) => {
    expect(await headPatternOf(runner)).toBe(head);
  },
);
