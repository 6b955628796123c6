import type { LogRecord, PluginContext } from '../plugins/plugin.ts';
import { missing, unfit } from './change-each.ts';
import { type FieldPath, getField, hasField } from './field-path.ts';
import { momentReader } from './moments.ts';

/** In which of the windows of time, one after another, a record is; a text says why nobody knows. */
export type WindowOf = (record: LogRecord) => number | string;

/** `timeKey`: the field with a record's time; undefined: it is of the time at which it is asked. */
export function windowClock(
  windowMs: number,
  timeKey: FieldPath | undefined,
  { clock, timeLayouts }: Pick<PluginContext, 'clock' | 'timeLayouts'>,
): WindowOf {
  if (timeKey === undefined) return () => Math.floor(clock.now() / windowMs);
  const readMoment = momentReader({ layout: '', timeLayouts, nowMs: () => clock.now() });
  return (record) => {
    if (!hasField(record, timeKey)) return missing(timeKey);
    try {
      const { unixSeconds, nanos } = readMoment(getField(record, timeKey));
      return Math.floor((unixSeconds * 1000 + nanos / 1e6) / windowMs);
    } catch (thrown) {
      return unfit(timeKey, thrown);
    }
  };
}
