import { z } from 'zod';
import { isRecord } from '../../records/is-record.ts';
import { putBeside } from '../../records/named-fields.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

/** So many names are remembered with what becomes of them. */
const NAMES_MAX = 10_000;

/**
 * Gives fields names that Pandora takes: letters, digits and underscores. Whatever else is in a
 * name becomes an underscore, but at its beginning, where it is left out; before a digit there goes
 * a K. Where two fields come to one name, the later is numbered.
 */
export const pandoraKeyConvertTransform = defineTransform({
  type: 'pandora_key_convert',
  usage: 'Gives fields names of letters, digits and underscores: "a.b/c" becomes "a_b_c".',
  options: z.object({}),
  open: () => {
    const known = new Map<string, string>();
    const nameOf = (name: string): string => {
      const before = known.get(name);
      if (before !== undefined) return before;
      if (known.size >= NAMES_MAX) known.clear();
      const plain = plainName(name);
      known.set(name, plain);
      return plain;
    };
    return {
      apply: (records) => ({
        records: records.map((record) => renamed(record, nameOf)),
        errors: 0,
        lastError: '',
      }),
    };
  },
});

function renamed(record: LogRecord, nameOf: (name: string) => string): LogRecord {
  const result: LogRecord = {};
  for (const [name, given] of Object.entries(record)) {
    const value = isRecord(given) ? renamed(given, nameOf) : given;
    putBeside(result, nameOf(name), { value, separator: '_', from: 1 });
  }
  return result;
}

function plainName(name: string): string {
  const plain = name.replace(/^[^a-z0-9]+/i, '').replace(/[^a-z0-9_]/gi, '_');
  if (plain === '') return 'KEmptyPandoraAutoAdd';
  return /^\d/.test(plain) ? `K${plain}` : plain;
}
