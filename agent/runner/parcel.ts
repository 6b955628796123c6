import { createHash } from 'node:crypto';
import { type LedgerRange, NO_UNITS } from '../../shared/domain/ledger.ts';
import type { DeadLetter, Seal } from '../../shared/stores/checkpoint-store.ts';
import type { SourceBatch } from '../plugins/plugin.ts';
import type { Refused } from '../sink/acceptance.ts';
import type { Delivered } from './attempt.ts';
import type { Work } from './process.ts';

const KEY_LENGTH = 32;

/** A batch with what the parser and the transforms made of it. */
export interface Parcel {
  readonly batch: SourceBatch;
  readonly work: Work;
}

/** Whom a parcel is for. */
interface Addressee {
  readonly runner: string;
  /** A reset begins a new one: what is read again is meant to be sent again. */
  readonly epoch: string;
  readonly sender: string;
}

/** What the sink may know the parcel by: the same for the same bytes of the source. */
export function keyOf({ batch }: Parcel, { runner, epoch, sender }: Addressee): string {
  const { source, range } = batch;
  const { generation, start, end } = range;
  const facts = [epoch, runner, sender, source, generation, start, end];
  const digest = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  return digest.slice(0, KEY_LENGTH);
}

/** What has to be read, or taken out of a buffer, as one batch again. */
export function sealOf({ source, generation, start, end }: Seal): Seal {
  return { source, generation, start, end };
}

/**
 * What the ledger says of a parcel that its sink has, but for the records that it refused. Of those
 * that nobody can tell from the others each counts as a line.
 */
export function settledRange(
  { batch, work }: Parcel,
  { refused, acceptance }: Delivered,
): LedgerRange {
  const { source, range } = batch;
  const { filtered, parseErrors } = work.units;
  const dead = work.units.linesAllOf(refused.map(({ index }) => index));
  const refusedLines = new Set(dead.filter((line) => line !== null)).size;
  const unparsed = work.unparsed.length;
  const others = work.units.delivered - refusedLines;
  const dropped = Math.min(others, acceptance.refusedSome?.count ?? 0);
  const units = {
    ...NO_UNITS,
    ...{ filtered, parseErrors: parseErrors - unparsed, dropped, delivered: others - dropped },
    deadLettered: refusedLines + unparsed,
  };
  return { source, ...range, units };
}

export interface LetterAddress {
  readonly sender: string;
  readonly nowMs: number;
  /** Of the parcel. */
  readonly name: string;
}

export function deadLettersOf(
  { batch, work }: Parcel,
  refused: readonly Refused[],
  { sender, nowMs, name }: LetterAddress,
): DeadLetter[] {
  if (refused.length === 0) return [];
  const { source, origin, range } = batch;
  const { generation, start, end } = range;
  const records = work.records.objects();
  const units = work.units.linesAllOf(refused.map(({ index }) => index));
  return refused.map(({ index, reason }, nth) => ({
    unit: units[nth] ?? null,
    ...{ sender, source, origin, generation, start, end, reason, atMs: nowMs },
    ...{ record: JSON.stringify(records[index]), name: `${name}.${index}` },
  }));
}
