import { z } from 'zod';
import type { LogRecord } from '../plugins/plugin.ts';

/** Fields with a fixed value that a parser adds to each record. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** Parser option `labels`: `"team infra,env prod"`, a name, a blank and a value each. */
export const LabelsOption = z
  .string()
  .default('')
  .transform((text, context): Labels => {
    const labels: [string, string][] = [];
    for (const part of text.split(',')) {
      const [name, value, ...more] = part.trim().split(/\s+/);
      if (name === undefined || name === '') continue;
      if (value === undefined || more.length > 0) {
        context.addIssue(`"${part.trim()}" is no label, write "name value,name value"`);
        continue;
      }
      labels.push([name, value]);
    }
    return labels;
  })
  .describe('Fields that each record gets: "name value,name value".')
  .meta({ advanced: true });

/** A field that the record has is left alone. */
export function addLabels(record: LogRecord, labels: Labels): void {
  for (const [name, value] of labels) {
    if (!Object.hasOwn(record, name)) record[name] = value;
  }
}
