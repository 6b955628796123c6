import { Histogram, type Registry } from 'prom-client';

/** A histogram that somebody else keeps, as plain numbers. */
export interface FilledSeries<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  /** How many fell into each bucket, and into that above the last one. */
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface FilledHistogramOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: Label[];
  readonly buckets: number[];
  /** Asked whenever Prometheus asks. */
  readonly read: () => Iterable<FilledSeries<Label>>;
}

/** To observe by labels costs a hot path too much; here it is only read what was counted elsewhere. */
export class FilledHistogram<Label extends string> extends Histogram<Label> {
  readonly #options: FilledHistogramOptions<Label>;

  constructor(options: FilledHistogramOptions<Label>, registry: Registry) {
    const { name, help, labelNames, buckets } = options;
    super({ name, help, labelNames, buckets, registers: [registry] });
    this.#options = options;
  }

  /** What the registry asks for when it writes its text. */
  async getForPromString() {
    const { name, help, read } = this.#options;
    const values = [...read()].flatMap((series) => this.#values(series));
    return { name, help, type: 'histogram', values };
  }

  #values({ labels, counts, sum }: FilledSeries<Label>) {
    const { name, buckets } = this.#options;
    let below = 0;
    const inBuckets = counts.map((count, nth) => {
      below += count;
      return {
        metricName: `${name}_bucket`,
        labels: { ...labels, le: buckets[nth] ?? '+Inf' },
        value: below,
      };
    });
    return [
      ...inBuckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: below },
    ];
  }
}
