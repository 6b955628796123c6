import {
  addUnits,
  type LedgerRange,
  NO_UNITS,
  settledUnits,
  type UnitCounts,
} from '../../shared/domain/ledger.ts';
import type { SenderLedger } from '../../shared/domain/runner-status.ts';
import type { DeadLetter, LaneState } from '../../shared/stores/checkpoint-store.ts';
import type { SourceBatch } from '../plugins/plugin.ts';

type Revived = Pick<DeadLetter, 'unit' | 'source' | 'generation' | 'start'>;

type Amount = SenderLedger['inFlight'];

const NOTHING = {
  ...{ readUnits: 0, readBytes: 0, settled: NO_UNITS, settledBytes: 0 },
  ...{ bufferedUnits: 0, bufferedSourceBytes: 0 },
};

/**
 * Counts what a sender was given and what is settled, each when it happens, so that
 * `read = settled + in flight` is a check and no definition.
 */
export class LaneCounts {
  #read: Amount;
  #settledBytes: number;
  #units: UnitCounts;
  #inFlight: Amount;
  /** Units of which a dead letter was delivered in this life; the others of them count no more. */
  readonly #revived = new Set<string>();

  constructor(state: LaneState | undefined) {
    const known = state ?? NOTHING;
    this.#read = { units: known.readUnits, bytes: known.readBytes };
    this.#units = known.settled;
    this.#settledBytes = known.settledBytes;
    this.#inFlight = { units: known.bufferedUnits, bytes: known.bufferedSourceBytes };
  }

  taken({ lines: units, range }: SourceBatch): void {
    const bytes = range.end - range.start;
    this.#read = plus(this.#read, { units, bytes });
    this.#inFlight = plus(this.#inFlight, { units, bytes });
  }

  /** `units` are all those of the range. */
  settled({ start, end, units: counts }: LedgerRange, units: number): void {
    this.#units = addUnits(this.#units, counts);
    this.#settledBytes += end - start;
    this.#inFlight = plus(this.#inFlight, { units: -units, bytes: start - end });
  }

  /**
   * A record that was a dead letter is delivered, or kept back by now, and with it its unit, unless
   * that was before.
   */
  revived({ unit, source, generation, start }: Revived, as: 'delivered' | 'filtered'): void {
    const { deadLettered } = this.#units;
    const name = JSON.stringify([source, generation, start, unit]);
    if (unit === null || deadLettered === 0 || this.#revived.has(name)) return;
    this.#revived.add(name);
    this.#units = {
      ...this.#units,
      ...{ [as]: this.#units[as] + 1, deadLettered: deadLettered - 1 },
    };
  }

  get ledger(): SenderLedger {
    const units = settledUnits(this.#units);
    return {
      read: this.#read,
      settled: { units, bytes: this.#settledBytes, ...this.#units },
      inFlight: this.#inFlight,
    };
  }
}

function plus(a: Amount, b: Amount): Amount {
  return { units: a.units + b.units, bytes: a.bytes + b.bytes };
}
