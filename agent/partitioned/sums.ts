import { addUnits } from '../../shared/domain/ledger.ts';
import type { SenderLedger } from '../../shared/domain/runner-status.ts';
import {
  addTo,
  countOf,
  noTotals,
  type RunnerTotals,
  type StageCount,
} from '../runner/counters.ts';

type Ledgers = Readonly<Record<string, SenderLedger>>;

export function sumOfTotals(all: readonly RunnerTotals[]): RunnerTotals {
  const sum = noTotals();
  for (const { bytes, reader, parser, transforms, senders } of all) {
    sum.bytes += bytes;
    addCount(sum.reader, reader);
    addCount(sum.parser, parser);
    for (const [name, count] of Object.entries(transforms)) {
      addCount(countOf(sum.transforms, name), count);
    }
    for (const [name, count] of Object.entries(senders))
      addCount(countOf(sum.senders, name), count);
  }
  return sum;
}

export function sumOfLedgers(all: readonly Ledgers[]): Ledgers {
  const sums = new Map<string, SenderLedger>();
  for (const [name, ledger] of all.flatMap((ledgers) => Object.entries(ledgers))) {
    const known = sums.get(name);
    sums.set(name, known === undefined ? ledger : sumOf(known, ledger));
  }
  return Object.fromEntries(sums);
}

/** Of an attempt that is over: what it has read and not settled is read by another one. */
export function settledLedgers(ledgers: Ledgers): Ledgers {
  return Object.fromEntries(
    Object.entries(ledgers).map(([name, { settled }]) => {
      const { units, bytes } = settled;
      const inFlight = { units: 0, bytes: 0 };
      return [name, { read: { units, bytes }, settled, inFlight }];
    }),
  );
}

function sumOf(a: SenderLedger, b: SenderLedger): SenderLedger {
  return {
    read: plus(a.read, b.read),
    settled: { ...plus(a.settled, b.settled), ...addUnits(a.settled, b.settled) },
    inFlight: plus(a.inFlight, b.inFlight),
  };
}

function plus(a: SenderLedger['inFlight'], b: SenderLedger['inFlight']) {
  return { units: a.units + b.units, bytes: a.bytes + b.bytes };
}

function addCount(sum: StageCount, { success, errors, lastError }: StageCount): void {
  addTo(sum, success, errors, lastError);
}
