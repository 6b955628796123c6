import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { mainConfigTable } from '../shared/config/main-config-table.ts';
import { DeliveryResults, deliveryMatrix } from './delivery-matrix.ts';
import { replaced } from './replaced.ts';

const RESULTS = join(import.meta.dirname, '..', 'bench', 'results.json');
const DELIVERY = join(import.meta.dirname, '..', 'test', 'delivery', 'results.json');

const Spread = { median: z.number(), min: z.number(), max: z.number() };
const Results = z.object({
  cases: z.record(
    z.string(),
    z.object({
      rows: z.array(
        z.object({ name: z.string(), figures: z.record(z.string(), z.object(Spread)) }),
      ),
      ratios: z.array(
        z.object({
          name: z.string(),
          figure: z.string(),
          ...Spread,
          target: z
            .object({
              at_least: z.number().optional(),
              at_most: z.number().optional(),
              met: z.boolean(),
            })
            .nullable(),
        }),
      ),
    }),
  ),
});

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
    ratios.map((ratio) => {
      const { at_least: least, at_most: most, met } = ratio.target ?? {};
      const wanted = least === undefined ? (most === undefined ? '' : `<= ${most}`) : `>= ${least}`;
      const target = wanted === '' ? '' : `${wanted} ${met === true ? '(met)' : '(missed)'}`;
      const spread = `${short(ratio.min)} to ${short(ratio.max)}`;
      return `| ${name} | ${ratio.name} | ${ratio.figure} | ${short(ratio.median)} | ${spread} | ${target} |`;
    }),
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

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
