import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { PARTITION_STATUSES, type PartitionStatus } from '../../../domain/partition.ts';
import { AppError } from '../../../kernel/errors.ts';
import { endOf, lastIdOf, type Stretch } from '../engine/stretch.ts';

/** All columns, in their order in the table. */
export function columnsOf(namespace: number, stretch: Stretch): SQLInputValue[] {
  const { first, leaseUntilMs } = stretch;
  return [
    namespace,
    lastIdOf(stretch),
    first.id,
    first.min,
    endOf(stretch),
    first.status,
    first.workerId,
    first.token,
    first.version,
    first.attempts,
    first.priority,
    first.nextRunAtMs,
    first.lastHeartbeatMs,
    leaseUntilMs,
    first.error,
    JSON.stringify(first.options),
    JSON.stringify(first.checkpoint),
    first.items,
    first.createdAtMs,
    first.updatedAtMs,
  ];
}

/** What rows are asked for by: numbers of 64 bits come as text, for a double does not hold them all. */
export const COLUMNS = `"last", id, CAST("min" AS TEXT), CAST("max" AS TEXT), status, worker, token,
  version, attempts, priority, next_run, heartbeat, lease_until, error, options, checkpoint, items,
  created, updated`;

/** A row as \`COLUMNS\` gives it, by place: to name each column of each row takes longer than all else. */
export type PlacedRow = Readonly<Record<number, SQLOutputValue>>;

/** @throws AppError \`internal\` for a row that is damaged. */
export function stretchOf(row: PlacedRow): Stretch {
  const id = numberAt(row, 1);
  const count = numberAt(row, 0) - id + 1;
  const min = BigInt(textAt(row, 2));
  const size = (BigInt(textAt(row, 3)) - min + 1n) / BigInt(count);
  return {
    ...{ count, leaseUntilMs: numberAt(row, 12) },
    first: {
      ...{ id, min, max: min + size - 1n },
      status: statusOf(textAt(row, 4)),
      workerId: textAt(row, 5),
      token: numberAt(row, 6),
      version: numberAt(row, 7),
      attempts: numberAt(row, 8),
      priority: numberAt(row, 9),
      nextRunAtMs: numberAt(row, 10),
      lastHeartbeatMs: numberAt(row, 11),
      error: textAt(row, 13),
      options: optionsOf(textAt(row, 14)),
      checkpoint: checkpointOf(textAt(row, 15)),
      items: numberAt(row, 16),
      createdAtMs: numberAt(row, 17),
      updatedAtMs: numberAt(row, 18),
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
