import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CoordinatorOptions } from '../shared/coordinator/coordinator-options.ts';
import { METRICS } from '../shared/coordinator/metric-table.ts';
import { RESULTS, Results, ratioCells } from './bench-results.ts';
import { replaced } from './replaced.ts';

/** The page on partitioned work with its tables as they should be now. */
export function withCoordinatorParts(page: string): string {
  const withTables = replaced(replaced(page, 'options', optionsTable()), 'metrics', metricsTable());
  return replaced(withTables, 'speed', speedTable());
}

function speedTable(): string {
  const { cases } = Results.parse(JSON.parse(readFileSync(RESULTS, 'utf8')));
  const ratios = cases['coordinator']?.ratios;
  if (ratios === undefined) return 'There are no figures yet.';
  const rows = ratios.map((ratio) => `| ${ratioCells(ratio).join(' | ')} |`);
  return [
    '| of / beside | figure | median | range | target |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function optionsTable(): string {
  const rows = Object.entries(CoordinatorOptions.shape).map(([name, schema]) => {
    const { description = '' } = schema;
    return `| \`${name}\` | ${String(z.parse(schema, undefined))} | ${description} |`;
  });
  return ['| option | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

function metricsTable(): string {
  const rows = Object.entries(METRICS).map(
    ([name, { type, labels, help }]) =>
      `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`,
  );
  return ['| name | type | labels | tells |', '|---|---|---|---|', ...rows].join('\n');
}
