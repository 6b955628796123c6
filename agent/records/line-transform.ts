import type { Transform } from '../plugins/plugin.ts';

/** A transform that is at work before the parser only; see `Transform.applyToLine`. */
export function lineTransform(applyToLine: (line: string) => string | null): Transform {
  return { applyToLine, apply: (records) => ({ records, errors: 0, lastError: '' }) };
}
