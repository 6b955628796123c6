import type { Collector, MetricOptions } from './collector.ts';
import { cpu } from './cpu.ts';
import { disk, diskio } from './disk.ts';
import { mem, swap } from './memory.ts';
import { net, netstat } from './net.ts';
import { processes } from './processes.ts';
import { kernel, system } from './system.ts';

/** Every metric there is, by the type that a configuration names. */
export const METRICS: ReadonlyMap<string, (options: MetricOptions) => Collector> = new Map([
  ['cpu', cpu],
  ['mem', () => mem],
  ['swap', () => swap],
  ['disk', disk],
  ['diskio', diskio],
  ['net', net],
  ['netstat', () => netstat],
  ['processes', () => processes],
  ['system', () => system],
  ['kernel', () => kernel],
]);
