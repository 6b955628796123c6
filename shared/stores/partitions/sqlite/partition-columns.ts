import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { PARTITION_STATUSES, type PartitionStatus } from '../../../domain/partition.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { PartitionRow } from '../engine/partition-data.ts';

/** All columns but the namespace, in their order in the table. */
export function columnsOf({ partition, leaseUntilMs }: PartitionRow): SQLInputValue[] {
  return [
    ...[partition.id, partition.min, partition.max, partition.status, partition.workerId],
    ...[partition.token, partition.version, partition.attempts, partition.priority],
    ...[partition.nextRunAtMs, partition.lastHeartbeatMs, leaseUntilMs, partition.error],
    ...[JSON.stringify(partition.options), JSON.stringify(partition.checkpoint), partition.items],
    ...[partition.createdAtMs, partition.updatedAtMs],
  ];
}

/** What rows are asked for by: numbers of 64 bits come as text, for a double does not hold them all. */
export const COLUMNS = `id, CAST("min" AS TEXT), CAST("max" AS TEXT), status, worker, token, version,
  attempts, priority, next_run, heartbeat, lease_until, error, options, checkpoint, items, created,
  updated`;

/** A row as \`COLUMNS\` gives it, by place: to name each column of each row takes longer than all else. */
export type PlacedRow = Readonly<Record<number, SQLOutputValue>>;

/** @throws AppError \`internal\` for a row that is damaged. */
export function rowOf(row: PlacedRow): PartitionRow {
  return {
    leaseUntilMs: numberAt(row, 11),
    partition: {
      id: numberAt(row, 0),
      min: BigInt(textAt(row, 1)),
      max: BigInt(textAt(row, 2)),
      status: statusOf(textAt(row, 3)),
      workerId: textAt(row, 4),
      token: numberAt(row, 5),
      version: numberAt(row, 6),
      attempts: numberAt(row, 7),
      priority: numberAt(row, 8),
      nextRunAtMs: numberAt(row, 9),
      lastHeartbeatMs: numberAt(row, 10),
      error: textAt(row, 12),
      options: optionsOf(textAt(row, 13)),
      checkpoint: checkpointOf(textAt(row, 14)),
      items: numberAt(row, 15),
      createdAtMs: numberAt(row, 16),
      updatedAtMs: numberAt(row, 17),
    },
  };
}

function textAt(row: PlacedRow, place: number): string {
  const value = row[place];
  if (typeof value === 'string') return value;
  throw damaged(String(place), String(value));
}

function numberAt(row: PlacedRow, place: number): number {
  const value = row[place];
  if (typeof value === 'number') return value;
  throw damaged(String(place), String(value));
}

function statusOf(text: string): PartitionStatus {
  const status = PARTITION_STATUSES.find((each) => each === text);
  if (status === undefined) throw damaged('status', text);
  return status;
}

function optionsOf(text: string): Readonly<Record<string, unknown>> {
  if (text === '{}') return {};
  const options: unknown = JSON.parse(text);
  if (typeof options !== 'object' || options === null) throw damaged('options', text);
  return { ...options };
}

function checkpointOf(text: string): unknown {
  return text === 'null' ? null : JSON.parse(text);
}

function damaged(column: string, held: string): AppError {
  return new AppError('internal', `column ${column} of a partition holds ${held}`);
}
