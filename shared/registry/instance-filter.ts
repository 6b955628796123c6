import { type InstanceRecord, statusAt } from '../domain/instance-record.ts';
import { readStatus, statusWord } from '../domain/instance-status.ts';
import type { InstanceFilter } from './service-registry.ts';

/** Whether an instance is one of those that are asked for. */
export function matches(record: InstanceRecord, filter: InstanceFilter, nowMs: number): boolean {
  const { protocol, env, zone, metadata = {} } = filter;
  return (
    hasStatus(record, filter.status, nowMs) &&
    (protocol === undefined || record.protocol === protocol) &&
    (env === undefined || record.env === env || record.env === 'all') &&
    (zone === undefined || record.zone === zone) &&
    Object.entries(metadata).every(([key, value]) => record.metadata[key] === value)
  );
}

/** In the words of the filter: an `inactive` one may be down, starting, or unhealthy. */
function hasStatus(record: InstanceRecord, wanted: string | undefined, nowMs: number): boolean {
  if (wanted === 'any') return true;
  const status = statusAt(record, nowMs);
  const read = wanted === undefined ? null : readStatus(wanted);
  return read === null ? status === 'up' : statusWord(status, read.words) === wanted;
}
