import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mainConfigTable } from '../shared/config/main-config-table.ts';
import { RESULTS, Results, ratioCells, short } from './bench-results.ts';
import { DeliveryResults, deliveryMatrix } from './delivery-matrix.ts';
import { replaced } from './replaced.ts';

const DELIVERY = join(import.meta.dirname, '..', 'test', 'delivery', 'results.json');

/** The README with its generated parts as they should be now: keys, the bench's ratios, deliveries. */
export async function withGeneratedParts(readme: string): Promise<string> {
  const withKeys = replaced(readme, 'main configuration', mainConfigTable());
  const withFigures = replaced(withKeys, 'figures', await figuresTable());
  return replaced(withFigures, 'delivery', await deliveriesTable());
}

async function deliveriesTable(): Promise<string> {
  return deliveryMatrix(DeliveryResults.parse(JSON.parse(await readFile(DELIVERY, 'utf8'))));
}

async function figuresTable(): Promise<string> {
  const { cases } = Results.parse(JSON.parse(await readFile(RESULTS, 'utf8')));
  const rows = Object.entries(cases).flatMap(([name, { ratios }]) =>
    ratios.map((ratio) => `| ${[name, ...ratioCells(ratio)].join(' | ')} |`),
  );
  const measured = Object.entries(cases).flatMap(([name, { rows: all }]) =>
    all.map((row) => {
      const figures = Object.entries(row.figures).map(
        ([figure, { median }]) => `${figure} ${short(median)}`,
      );
      return `| ${name} | ${row.name} | ${figures.join(', ')} |`;
    }),
  );
  return [
    '| case | of / beside | figure | median | range | target |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '| case | row | medians on the machine that measured |',
    '| --- | --- | --- |',
    ...measured,
  ].join('\n');
}
