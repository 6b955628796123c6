import type { LogRecord } from '../plugins/plugin.ts';
import { isRecord } from './is-record.ts';

/**
 * Puts back the digits that numbers had before they went through something that rounds them to a
 * double: where the same field holds the rounded number still.
 */
export function restoreDigits(before: LogRecord, after: LogRecord): void {
  for (const [name, value] of Object.entries(before)) {
    const now = Object.hasOwn(after, name) ? after[name] : undefined;
    if (isRecord(value) && isRecord(now)) restoreDigits(value, now);
    else if (isRounded(value, now)) after[name] = value;
  }
}

function isRounded(value: unknown, now: unknown): boolean {
  if (typeof value !== 'object' || value === null || !JSON.isRawJSON(value)) return false;
  const text = JSON.stringify(value);
  return JSON.stringify(now) === JSON.stringify(Number(text));
}
