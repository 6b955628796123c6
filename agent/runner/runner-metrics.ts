import type { RunnerStatus } from '../../shared/domain/runner-status.ts';
import type { Metrics } from '../../shared/telemetry/metrics.ts';

interface Sample {
  readonly labels: Record<string, string>;
  readonly value: number;
}

interface Instrument {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (status: RunnerStatus) => readonly Sample[];
}

const COUNTERS: readonly Instrument[] = [
  {
    name: 'logkit_fleet_runner_read_lines_total',
    help: 'Lines read and settled, by runner.',
    labels: ['runner'],
    samples: ({ name, readDataCount }) => [{ labels: { runner: name }, value: readDataCount }],
  },
  {
    name: 'logkit_fleet_runner_read_bytes_total',
    help: 'Bytes read and settled, by runner.',
    labels: ['runner'],
    samples: ({ name, readDataSize }) => [{ labels: { runner: name }, value: readDataSize }],
  },
  {
    name: 'logkit_fleet_runner_parse_errors_total',
    help: 'Lines that did not parse, by runner.',
    labels: ['runner'],
    samples: ({ name, parserStats }) => [{ labels: { runner: name }, value: parserStats.errors }],
  },
  {
    name: 'logkit_fleet_runner_sent_records_total',
    help: 'Records that a sender accepted, by runner and sender.',
    labels: ['runner', 'sender'],
    samples: (status) => bySender(status, ({ success }) => success),
  },
  {
    name: 'logkit_fleet_runner_send_errors_total',
    help: 'Failed attempts to send a batch, by runner and sender.',
    labels: ['runner', 'sender'],
    samples: (status) => bySender(status, ({ errors }) => errors),
  },
  {
    name: 'logkit_fleet_runner_imperfect_total',
    help: 'What could not be read as it was, by runner and kind: cut_lines, bad_chars, foreign_lines.',
    labels: ['runner', 'kind'],
    samples: ({ name, imperfect }) =>
      Object.entries<number>({ ...imperfect }).map(([kind, value]) => ({
        labels: { runner: name, kind },
        value,
      })),
  },
];

const GAUGES: readonly Instrument[] = [
  {
    name: 'logkit_fleet_runner_lag_bytes',
    help: 'Bytes of the sources that are not read yet, by runner.',
    labels: ['runner'],
    samples: ({ name, lag }) => [{ labels: { runner: name }, value: lag.size }],
  },
  {
    name: 'logkit_fleet_runner_running',
    help: '1 while the runner runs, 0 while it is stopped.',
    labels: ['runner'],
    samples: ({ name, runningStatus }) => [
      { labels: { runner: name }, value: runningStatus === 'running' ? 1 : 0 },
    ],
  },
  {
    name: 'logkit_fleet_runner_stalled',
    help: '1 while there is work and nothing moves.',
    labels: ['runner'],
    samples: ({ name, stalled }) => [{ labels: { runner: name }, value: stalled ? 1 : 0 }],
  },
];

/** Shows every runner's counters to Prometheus; they are read at scrape time and cost nothing else. */
export function exposeRunners(metrics: Metrics, statuses: () => readonly RunnerStatus[]): void {
  for (const { name, help, labels, samples } of COUNTERS) {
    const counter = metrics.counter({
      name,
      help,
      labelNames: labels,
      collect: () => {
        counter.reset();
        for (const sample of statuses().flatMap(samples)) counter.inc(sample.labels, sample.value);
      },
    });
  }
  for (const { name, help, labels, samples } of GAUGES) {
    const gauge = metrics.gauge({
      name,
      help,
      labelNames: labels,
      collect: () => {
        gauge.reset();
        for (const sample of statuses().flatMap(samples)) gauge.set(sample.labels, sample.value);
      },
    });
  }
}

type SenderStats = RunnerStatus['senderStats'][string];

function bySender(
  { name, senderStats }: RunnerStatus,
  pick: (stats: SenderStats) => number,
): Sample[] {
  return Object.entries(senderStats).map(([sender, stats]) => ({
    labels: { runner: name, sender },
    value: pick(stats),
  }));
}
