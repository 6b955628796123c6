import type { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../telemetry/metrics.ts';
import { METRIC_PREFIX, METRICS, type MetricName } from './metric-table.ts';

type Labels = Readonly<Record<string, string>>;

/** The instruments of the table, by name. */
export class Instruments {
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();

  /** `look` is called whenever the figures are read: it sets what only counts at that moment. */
  constructor(metrics: Metrics, look: () => Promise<void>) {
    const collect = together(look);
    for (const name of metricNames()) {
      const { type, labels: labelNames, help } = METRICS[name];
      const options = { name: METRIC_PREFIX + name, help, labelNames: [...labelNames] };
      if (type === 'counter') this.#counters.set(name, metrics.counter({ ...options, collect }));
      else if (type === 'gauge') this.#gauges.set(name, metrics.gauge({ ...options, collect }));
      else this.#histograms.set(name, metrics.histogram({ ...options, buckets: bucketsOf(name) }));
    }
  }

  add(name: MetricName, labels: Labels = {}, by = 1): void {
    this.#counters.get(name)?.inc(labels, by);
  }

  set(name: MetricName, value: number, labels: Labels = {}): void {
    this.#gauges.get(name)?.set(labels, value);
  }

  observe(name: MetricName, seconds: number, labels: Labels = {}): void {
    this.#histograms.get(name)?.observe(labels, seconds);
  }
}

export function metricNames(): MetricName[] {
  return Object.keys(METRICS).filter((name): name is MetricName => name in METRICS);
}

function bucketsOf(name: MetricName): number[] {
  const row = METRICS[name];
  return 'buckets' in row ? [...row.buckets] : [];
}

/** All that are read together wait for one look. */
function together(look: () => Promise<void>): () => Promise<void> {
  let looking: Promise<void> | null = null;
  return () => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };
}
