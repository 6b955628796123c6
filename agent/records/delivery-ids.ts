import type { LogRecord } from '../plugins/plugin.ts';

/** The key of a part of a batch says which: `<key of the batch>.<from>-<to>`. */
const PART = /^(?<batch>.*)\.(?<from>\d+)-\d+$/s;

/**
 * An id for each record of what is delivered, the same however often it is sent and in whatever
 * parts: `<key of the batch>:<place in the batch>`. A record that has an id of its own in `field`
 * (`record_id_key`) keeps that.
 */
export function deliveryIds(key: string, records: readonly LogRecord[], field: string): string[] {
  const { batch = key, from = '0' } = PART.exec(key)?.groups ?? {};
  const first = Number(from);
  return records.map((record, index) => ownId(record[field]) ?? `${batch}:${first + index}`);
}

function ownId(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
