import { join } from 'node:path';
import { z } from 'zod';

export const RESULTS = join(import.meta.dirname, '..', 'bench', 'results.json');

const Spread = { median: z.number(), min: z.number(), max: z.number() };
const Ratio = z.object({
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
});

/** What the bench keeps, as far as pages show it. */
export const Results = z.object({
  cases: z.record(
    z.string(),
    z.object({
      rows: z.array(
        z.object({ name: z.string(), figures: z.record(z.string(), z.object(Spread)) }),
      ),
      ratios: z.array(Ratio),
    }),
  ),
});

/** Name, figure, median, range and target, as cells of a table. */
export function ratioCells(ratio: z.infer<typeof Ratio>): string[] {
  const { at_least: least, at_most: most, met } = ratio.target ?? {};
  const wanted = least === undefined ? (most === undefined ? '' : `<= ${most}`) : `>= ${least}`;
  const target = wanted === '' ? '' : `${wanted} ${met === true ? '(met)' : '(missed)'}`;
  const spread = `${short(ratio.min)} to ${short(ratio.max)}`;
  return [ratio.name, ratio.figure, short(ratio.median), spread, target];
}

export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
