import type { HttpSink } from '../../../outbound/http-sink.ts';
import { baseOf, type Target } from '../../../outbound/http-target.ts';

interface DatabaseOptions {
  readonly influxdb_db: string;
  readonly influxdb_retention: string;
  readonly influxdb_retention_duration: string;
}

const HEADERS = { 'content-type': 'application/x-www-form-urlencoded' };

/**
 * Makes the database and its retention policy where they are not there yet: version 1 only.
 *
 * @throws AppError as a post does.
 */
export async function makeDatabase(
  sink: HttpSink,
  target: Target,
  { influxdb_db, influxdb_retention, influxdb_retention_duration }: DatabaseOptions,
  signal: AbortSignal,
): Promise<void> {
  const db = identifier(influxdb_db);
  const queries = [`CREATE DATABASE ${db}`];
  if (influxdb_retention !== '') {
    const duration = influxdb_retention_duration === '' ? 'INF' : influxdb_retention_duration;
    const policy = `RETENTION POLICY ${identifier(influxdb_retention)} ON ${db}`;
    queries.push(`CREATE ${policy} DURATION ${duration} REPLICATION 1 DEFAULT`);
  }
  for (const query of queries) {
    const body = new URLSearchParams({ q: query }).toString();
    const url = `${baseOf(target)}/query`;
    await sink.post({ target: { ...target, url }, body, headers: HEADERS, signal });
  }
}

function identifier(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}
