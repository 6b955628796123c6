import type { LogRecord } from '../plugins/plugin.ts';

/** Whether a JSON value is an object; a number that kept its digits is none. */
export function isRecord(value: unknown): value is LogRecord {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
  );
}
