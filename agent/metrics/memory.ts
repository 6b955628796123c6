import { type Collector, numbersOf, percent } from './collector.ts';

const KIB = 1024;

/** Bytes of memory. */
export const mem: Collector = {
  async collect({ proc }) {
    const bytes = await meminfo(proc);
    const total = bytes('MemTotal');
    const available = bytes('MemAvailable');
    const free = bytes('MemFree');
    const buffered = bytes('Buffers');
    const cached = bytes('Cached') + bytes('SReclaimable');
    const used = Math.max(0, total - free - buffered - cached);
    return [
      {
        ...{ total, available, used, free, cached, buffered },
        ...{ active: bytes('Active'), inactive: bytes('Inactive') },
        used_percent: percent(used, total),
        available_percent: percent(available, total),
      },
    ];
  },
};

/** Bytes of swap space, and bytes that were moved in and out since the start of the machine. */
export const swap: Collector = {
  async collect({ proc }) {
    const bytes = await meminfo(proc);
    const pages = numbersOf(await proc('vmstat'));
    const total = bytes('SwapTotal');
    const free = bytes('SwapFree');
    return [
      {
        ...{ total, used: total - free, free, used_percent: percent(total - free, total) },
        in: (pages.get('pswpin') ?? 0) * PAGE_BYTES,
        out: (pages.get('pswpout') ?? 0) * PAGE_BYTES,
      },
    ];
  },
};

const PAGE_BYTES = 4096;

async function meminfo(proc: (name: string) => Promise<string>) {
  const kib = numbersOf(await proc('meminfo'));
  return (name: string) => (kib.get(name) ?? 0) * KIB;
}
