import type { Partition } from '../../shared/domain/partition.ts';
import type { PartitionHeld } from '../../shared/domain/partition-status.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { NO_COUNTS } from '../framing/framing.ts';
import { noTotals, type RunnerTotals } from '../runner/counters.ts';
import { Rate } from '../runner/rate.ts';
import type { RunnerProgress } from '../runner/runner-progress.ts';
import { settledLedgers, sumOfLedgers, sumOfTotals } from './sums.ts';

type Read = Pick<Partition, 'id' | 'min' | 'max'>;

interface Reading {
  readonly partition: Read;
  readonly runner: { readonly progress: RunnerProgress };
  readonly rate: Rate;
}

/** Adds up what the attempts of this agent have done, and are doing. */
export class PartitionTally {
  readonly #clock: Clock;
  readonly #readings = new Map<number, Reading>();
  #totals: RunnerTotals = noTotals();
  #ledger: RunnerProgress['ledger'] = {};
  #settledBatches = 0;
  #origin = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What an earlier life of the runner has done. */
  add(totals: RunnerTotals): void {
    this.#totals = sumOfTotals([this.#totals, totals]);
  }

  /** An attempt begins; it calls what is returned when it is over. */
  begin(partition: Read, runner: Reading['runner']): () => void {
    const reading = { partition, runner, rate: new Rate(0, this.#clock.monotonicMs()) };
    this.#readings.set(partition.id, reading);
    return () => {
      const { totals, ledger, settledBatches, origin } = runner.progress;
      this.#totals = sumOfTotals([this.#totals, totals]);
      this.#ledger = sumOfLedgers([this.#ledger, settledLedgers(ledger)]);
      this.#settledBatches += settledBatches;
      this.#origin = origin;
      if (this.#readings.get(partition.id) === reading) this.#readings.delete(partition.id);
    };
  }

  get totals(): RunnerTotals {
    return sumOfTotals([this.#totals, ...this.#progresses.map(({ totals }) => totals)]);
  }

  /** Partitions that are being read here. */
  get held(): readonly PartitionHeld[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#readings.values()].map(({ partition, runner, rate }) => {
      const { totals } = runner.progress;
      return {
        ...{ partition_id: partition.id },
        ...{ min_id: partition.min.toString(), max_id: partition.max.toString() },
        ...{ records: totals.reader.success, bytes: totals.bytes },
        records_per_second: rate.look(totals.reader.success, nowMs).perSecond,
      };
    });
  }

  get progress(): Omit<RunnerProgress, 'elapsedMs' | 'partition'> {
    const all = this.#progresses;
    const since = all.flatMap(({ inFlightSinceMs }) => inFlightSinceMs ?? []);
    return {
      ...{ origin: all[0]?.origin ?? this.#origin, lagBytes: 0, isResting: false },
      ...{ bufferedBatches: 0, totals: this.totals },
      ledger: sumOfLedgers([this.#ledger, ...all.map(({ ledger }) => ledger)]),
      trouble: all.find(({ trouble }) => trouble !== null)?.trouble ?? null,
      counts: all[0]?.counts ?? NO_COUNTS,
      settledBatches: all.reduce((sum, one) => sum + one.settledBatches, this.#settledBatches),
      inFlightSinceMs: since.length === 0 ? null : Math.min(...since),
    };
  }

  get #progresses(): readonly RunnerProgress[] {
    return [...this.#readings.values()].map(({ runner }) => runner.progress);
  }
}
