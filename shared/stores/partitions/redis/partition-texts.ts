import type { Partition, PartitionStatus } from '../../../domain/partition.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { NewPartition } from '../partition-store.ts';
import { spanOf, spanText } from './id-text.ts';

/** As `ROWS_LUA` has them; JSON texts have no line feeds. */
const SEPARATOR = '\n';
const FIELDS = 16;

/** Those that are kept have a letter; completed ones are not kept. */
export const STATUS_LETTERS = {
  pending: 'p',
  claimed: 'c',
  running: 'r',
  failed: 'f',
  dead: 'd',
} as const satisfies Partial<Record<PartitionStatus, string>>;

const STATUSES = new Map<string, PartitionStatus>([
  ['p', 'pending'],
  ['c', 'claimed'],
  ['r', 'running'],
  ['f', 'failed'],
  ['d', 'dead'],
]);

/** What a script is told of a new partition: the rest of its row, but when it was made. */
export function newPartitionText(partition: NewPartition): string {
  const untouched = { attempts: '0', nextRun: '0', items: '0', error: '""', checkpoint: 'null' };
  const { attempts, nextRun, items, error, checkpoint } = untouched;
  const fields = [attempts, String(partition.priority), nextRun, items, error, checkpoint];
  return [spanText(partition), ...fields, JSON.stringify(partition.options)].join(SEPARATOR);
}

/** A JSON value as it is kept; what has none is null. */
export function jsonText(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** @throws AppError `internal` for rows that are damaged. */
export function partitionsOf(rows: string): Partition[] {
  if (rows === '') return [];
  const fields = rows.split(SEPARATOR);
  if (fields.length % FIELDS !== 0) throw damaged(`${fields.length} fields`);
  const partitions: Partition[] = [];
  for (let at = 0; at < fields.length; at += FIELDS) partitions.push(partitionOf(fields, at));
  return partitions;
}

function partitionOf(fields: readonly string[], at: number): Partition {
  const text = (nth: number): string => fields[at + nth] ?? '';
  const { min, max } = spanOf(text(7));
  return {
    id: Number(text(0)),
    ...{ min, max },
    status: statusOf(text(1)),
    workerId: stringOf(text(2)),
    token: Number(text(3)),
    version: Number(text(4)),
    attempts: Number(text(8)),
    priority: Number(text(9)),
    nextRunAtMs: Number(text(10)),
    lastHeartbeatMs: Number(text(5)),
    error: stringOf(text(12)),
    options: optionsOf(text(14)),
    checkpoint: text(13) === 'null' ? null : JSON.parse(text(13)),
    items: Number(text(11)),
    createdAtMs: Number(text(15)),
    updatedAtMs: Number(text(6)),
  };
}

function statusOf(letter: string): PartitionStatus {
  const status = STATUSES.get(letter);
  if (status === undefined) throw damaged(letter);
  return status;
}

function stringOf(text: string): string {
  if (text === '""') return '';
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'string') throw damaged(text);
  return value;
}

function optionsOf(text: string): Partition['options'] {
  if (text === '{}') return {};
  const options: unknown = JSON.parse(text);
  if (typeof options !== 'object' || options === null) throw damaged(text);
  return { ...options };
}

function damaged(held: string): AppError {
  return new AppError('internal', `a row of a partition holds ${held}`);
}
