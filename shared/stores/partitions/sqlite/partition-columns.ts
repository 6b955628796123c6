import type { SQLInputValue } from 'node:sqlite';
import { PARTITION_STATUSES, type PartitionStatus } from '../../../domain/partition.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SqlRow } from '../../checkpoint/sql-row.ts';
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

/** @throws AppError `internal` for a row that is damaged. */
export function rowOf(row: SqlRow): PartitionRow {
  return {
    leaseUntilMs: row.real('lease_until'),
    partition: {
      id: row.int('id'),
      min: BigInt(row.text('min')),
      max: BigInt(row.text('max')),
      status: statusOf(row.text('status')),
      workerId: row.text('worker'),
      token: row.int('token'),
      version: row.int('version'),
      attempts: row.int('attempts'),
      priority: row.int('priority'),
      nextRunAtMs: row.real('next_run'),
      lastHeartbeatMs: row.real('heartbeat'),
      error: row.text('error'),
      options: optionsOf(row.text('options')),
      checkpoint: JSON.parse(row.text('checkpoint')),
      items: row.int('items'),
      createdAtMs: row.real('created'),
      updatedAtMs: row.real('updated'),
    },
  };
}

function statusOf(text: string): PartitionStatus {
  const status = PARTITION_STATUSES.find((each) => each === text);
  if (status === undefined) throw damaged('status', text);
  return status;
}

function optionsOf(text: string): Readonly<Record<string, unknown>> {
  const options: unknown = JSON.parse(text);
  if (typeof options !== 'object' || options === null) throw damaged('options', text);
  return { ...options };
}

function damaged(column: string, held: string): AppError {
  return new AppError('internal', `column ${column} of a partition holds ${held}`);
}
