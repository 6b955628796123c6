import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';
import { FilledHistogram, type FilledHistogramOptions } from './filled-histogram.ts';

/** Between two looks at the event loop's delay: more often would keep an idle process busy. */
const DELAY_PRECISION_MS = 200;

/**
 * The process's one Prometheus registry. Each part makes its own instruments here and owns their
 * names (`logkit_fleet_<noun>_<unit>`); nothing is global, so tests run side by side.
 */
export class Metrics {
  readonly #registry = new Registry();

  /** Adds CPU, memory, event loop and file descriptor figures of this process. */
  collectProcess(): void {
    collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: DELAY_PRECISION_MS,
    });
  }

  counter<Label extends string>(options: Omit<CounterConfiguration<Label>, 'registers'>) {
    return new Counter<Label>({ ...options, registers: [this.#registry] });
  }

  gauge<Label extends string>(options: Omit<GaugeConfiguration<Label>, 'registers'>) {
    return new Gauge<Label>({ ...options, registers: [this.#registry] });
  }

  histogram<Label extends string>(options: Omit<HistogramConfiguration<Label>, 'registers'>) {
    return new Histogram<Label>({ ...options, registers: [this.#registry] });
  }

  filledHistogram<Label extends string>(options: FilledHistogramOptions<Label>) {
    return new FilledHistogram<Label>(options, this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
