import { ENVIRONMENTS, type InstanceRecord, statusAt } from '../domain/instance-record.ts';
import { readStatus, STATUS_WORDS, statusWord } from '../domain/instance-status.ts';
import { RegistryError } from './registry-error.ts';
import type { InstanceFilter } from './service-registry.ts';

/** Of a filter that any status will do. */
const ANY = 'any';

/**
 * Whoever mistypes a status or an environment must not take it that there are no instances.
 * @throws RegistryError `INVALID_INSTANCE`.
 */
export function refuseUnknownWords({ status = '', env = '' }: InstanceFilter): void {
  refuseUnknown('status', status, ['', ANY, ...STATUS_WORDS]);
  refuseUnknown('env', env, ['', ...ENVIRONMENTS]);
}

/** Whether an instance is one of those that are asked for. */
export function matches(record: InstanceRecord, filter: InstanceFilter, nowMs: number): boolean {
  const { status, protocol, env, zone, metadata = {} } = filter;
  return (
    hasStatus(record, status, nowMs) &&
    isFor(record, env) &&
    (protocol === undefined || record.protocol === protocol) &&
    (zone === undefined || record.zone === zone) &&
    Object.entries(metadata).every(([key, value]) => record.metadata[key] === value)
  );
}

/** In the words of the filter: an `inactive` one may be down, starting, or unhealthy. */
function hasStatus(record: InstanceRecord, wanted: string | undefined, nowMs: number): boolean {
  if (wanted === ANY) return true;
  const status = statusAt(record, nowMs);
  const read = readStatus(wanted ?? '');
  return read === null ? status === 'up' : statusWord(status, read.words) === wanted;
}

function isFor({ env }: InstanceRecord, wanted = ''): boolean {
  return wanted === '' || env === wanted || env === 'all';
}

function refuseUnknown(field: string, given: string, known: readonly string[]): void {
  if (known.includes(given)) return;
  const words = known.filter((word) => word !== '').join(', ');
  const said = JSON.stringify(given.slice(0, 80));
  throw new RegistryError('INVALID_INSTANCE', `${field}: ${said} is none; write one of ${words}`);
}
