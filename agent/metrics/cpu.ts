import { type Collector, isOn, type MetricOptions, percent, Rates, wordsOf } from './collector.ts';

/** As /proc/stat has them. */
const STATES = [
  ...['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'],
  ...['guest', 'guest_nice'],
] as const;
/** The kernel counts in hundredths of a second, whatever its own clock. */
const TICKS_A_SECOND = 100;

/** A record for each CPU and one for all: seconds since the start, percent since the last look. */
export function cpu(options: MetricOptions): Collector {
  const rates = new Rates();
  const isPerCpu = isOn(options, 'per_cpu', true);
  const isTotal = isOn(options, 'total_cpu', true);
  const hasTimes = isOn(options, 'collect_cpu_time', true);
  return {
    async collect({ proc, nowMs }) {
      rates.look(nowMs);
      return wordsOf(await proc('stat'))
        .filter(([name = '']) => name.startsWith('cpu') && (name === 'cpu' ? isTotal : isPerCpu))
        .map(([word = '', ...counters]) => {
          const name = word === 'cpu' ? 'cpu-total' : word;
          const ticks = STATES.map((_, index) => Number(counters[index] ?? 0));
          const times = STATES.map((state, i): [string, number] => [
            `time_${state}`,
            (ticks[i] ?? 0) / TICKS_A_SECOND,
          ]);
          return {
            ...(hasTimes ? { ...Object.fromEntries(times), time_cpu: name } : {}),
            ...usageOf(name, ticks, rates),
            usage_cpu: name,
          };
        });
    },
  };
}

function usageOf(name: string, ticks: readonly number[], rates: Rates) {
  const since = STATES.map((state, i) => rates.since(`${name} ${state}`, ticks[i] ?? 0));
  // What guests use is part of what is counted for the user.
  const whole = since.slice(0, STATES.indexOf('guest')).reduce((sum, value) => sum + value, 0);
  return Object.fromEntries(
    STATES.map((state, i): [string, number] => [`usage_${state}`, percent(since[i] ?? 0, whole)]),
  );
}
