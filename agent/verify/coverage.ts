import { type Flaw, flawsOf, type LedgerRange, NO_UNITS } from '../../shared/domain/ledger.ts';
import type { Move } from '../../shared/stores/checkpoint-store.ts';

/** A flaw of one sender's ledger, and whether somebody made it by moving a position. */
export interface CoverageFlaw extends Flaw {
  readonly sender: string;
  readonly isByHand: boolean;
}

/** Bytes of a source that a sender has settled, or that wait for it in its buffer. */
export type Covered = Pick<LedgerRange, 'source' | 'generation' | 'start' | 'end'>;

/** Up to where a source was read. */
export interface ReadUntil {
  readonly source: string;
  readonly generation: number;
  readonly offset: number;
}

interface SenderCoverage {
  readonly sender: string;
  readonly covered: readonly Covered[];
  /** Empty for a sender that the runner does not have any more: it need not reach so far. */
  readonly readUntil: readonly ReadUntil[];
  readonly moves: readonly Move[];
}

/**
 * What one sender has missed or had twice. A source may be begun anywhere; from there on each byte
 * that was read must be settled or buffered, once.
 */
export function coverageFlaws({
  sender,
  covered,
  readUntil,
  moves,
}: SenderCoverage): CoverageFlaw[] {
  // The crc of a range plays no part in where it lies.
  const ranges = covered.map((range) => ({ ...range, crc: 0, units: NO_UNITS }));
  const flaws = [
    ...flawsOf(ranges),
    ...readUntil.map((read) => missingTail(read, covered)).filter((flaw) => flaw !== null),
  ];
  return flaws.map((flaw) => ({ ...flaw, sender, isByHand: isByHand(flaw, moves) }));
}

function missingTail(read: ReadUntil, covered: readonly Covered[]): Flaw | null {
  const { source, generation, offset } = read;
  const ends = covered
    .filter((range) => range.source === source && range.generation === generation)
    .map(({ end }) => end);
  if (ends.length === 0) return null;
  const start = ends.reduce((most, end) => Math.max(most, end));
  return start < offset ? { kind: 'missing', source, generation, start, end: offset } : null;
}

/** Whether moves forward account for all that is missing, or moves back for all that is doubled. */
function isByHand({ kind, source, generation, start, end }: Flaw, moves: readonly Move[]): boolean {
  const spans = moves
    .filter((move) => move.source === source && move.generation === generation)
    .map(({ from, to }) => (kind === 'missing' ? { from, to } : { from: to, to: from }))
    .filter(({ from, to }) => from < to)
    .toSorted((a, b) => a.from - b.from);
  let reached = start;
  for (const { from, to } of spans) {
    if (from <= reached) reached = Math.max(reached, to);
  }
  return reached >= end;
}

/** The bytes of a source that are covered at least once: spans that touch or overlap are one. */
export function unionOf(covered: readonly Covered[]): Covered[] {
  const union: { source: string; generation: number; start: number; end: number }[] = [];
  for (const { source, generation, start, end } of covered.toSorted(inOrder)) {
    const last = union.at(-1);
    const isNext = last?.source === source && last.generation === generation && start <= last.end;
    if (isNext) last.end = Math.max(last.end, end);
    else union.push({ source, generation, start, end });
  }
  return union;
}

function inOrder(a: Covered, b: Covered): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.generation - b.generation || a.start - b.start;
}
