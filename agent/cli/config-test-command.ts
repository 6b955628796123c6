import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { parseConfigText } from '../../shared/config/config-text.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { CATALOG } from '../plugins/catalog.ts';
import { reasonOf } from '../tail/found-file.ts';
import { ConfigTests, runConfigTests, type TestOutcome } from '../trial/config-test.ts';
import { BAD_USAGE, type CliTools, printJson } from './tools.ts';

const PASSED = 0;
const FAILED = 1;

interface ConfigTestOptions {
  readonly json?: true;
}

/** Exits 0 when all tests pass, 1 when one fails, 2 when they cannot be run. */
export async function configTestCommand(
  file: string,
  { json }: ConfigTestOptions,
  tools: CliTools,
): Promise<void> {
  try {
    const outcomes = await outcomesOf(file, tools.env);
    if (json === true) printJson(tools, outcomes);
    else tools.print(reportOf(outcomes));
    tools.exitWith(outcomes.every(({ isPassed }) => isPassed) ? PASSED : FAILED);
  } catch (thrown) {
    tools.exitWith(BAD_USAGE, messageOf(thrown));
  }
}

async function outcomesOf(file: string, env: CliTools['env']): Promise<TestOutcome[]> {
  const result = ConfigTests.safeParse(await parsedFile(file));
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
    );
    throw new AppError('invalid', `${file}: ${problems.join('; ')}`);
  }
  const { runner, ...tests } = result.data;
  const path = typeof runner === 'string' ? resolve(dirname(file), runner) : null;
  const config = path === null ? runner : await parsedFile(path);
  try {
    return await runConfigTests(config, tests, { catalog: CATALOG, env });
  } catch (thrown) {
    throw new AppError('invalid', `${path ?? `${file}: runner`}: ${messageOf(thrown)}`);
  }
}

async function parsedFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw new AppError('not_found', `${path}: cannot be read: ${reasonOf(thrown)}`);
  });
  return parseConfigText(text, path);
}

function reportOf(outcomes: readonly TestOutcome[]): string {
  const failed = outcomes.filter(({ isPassed }) => !isPassed).length;
  const lines = outcomes.flatMap(({ name, isPassed, differences }) => [
    `${isPassed ? 'ok  ' : 'FAIL'} ${name}`,
    ...differences.map((difference) => `       ${difference}`),
  ]);
  const sum = `${outcomes.length} ${outcomes.length === 1 ? 'test' : 'tests'}, ${failed === 0 ? 'all passed' : `${failed} failed`}`;
  return `${[...lines, '', sum].join('\n')}\n`;
}
