import { z } from 'zod';

const DeliveryResult = z.object({
  /** `not run`: `why` tells what is missing for it. */
  outcome: z.enum(['passed', 'failed', 'not run']),
  why: z.string(),
  seed: z.int(),
  seconds: z.number(),
  /** How often the program was broken. */
  times: z.int(),
  sinks: z.array(
    z.object({
      sink: z.string(),
      expected: z.int(),
      lost: z.int(),
      doubled: z.int(),
      doubled_max: z.int(),
      because: z.string(),
      out_of_order: z.int(),
      strange: z.int(),
    }),
  ),
});
export type DeliveryResult = z.infer<typeof DeliveryResult>;

/** What the last runs of the delivery tests at their full size have shown. */
export const DeliveryResults = z.record(z.string(), DeliveryResult);
export type DeliveryResults = z.infer<typeof DeliveryResults>;

/** The results as a table in Markdown: a row a sink. */
export function deliveryMatrix(results: DeliveryResults): string {
  return [
    '| what happens | sink | times | lines | lost | doubled | out of order |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...Object.entries(results).flatMap(([name, result]) => rowsOf(name, result)),
  ].join('\n');
}

function rowsOf(name: string, { outcome, why, times, sinks }: DeliveryResult): string[] {
  if (sinks.length === 0) return [`| ${name} | ${outcome}: ${why} | | | | | |`];
  return sinks.map(({ sink, expected, lost, doubled, out_of_order, ...rest }) => {
    const { doubled_max, because, strange } = rest;
    const allowed = doubled_max === 0 ? '' : ` (at most ${doubled_max}: ${because})`;
    const mixed = strange === 0 ? '' : `, and ${strange} strange`;
    return `| ${name} | ${sink} | ${times} | ${expected} | ${lost}${mixed} | ${doubled}${allowed} | ${out_of_order} |`;
  });
}
