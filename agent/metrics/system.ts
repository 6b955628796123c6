import { readdir } from 'node:fs/promises';
import { availableParallelism, networkInterfaces } from 'node:os';
import { type Collector, wordsOf } from './collector.ts';

/** Load, time since the start in seconds, and how much hardware there is. */
export const system: Collector = {
  async collect({ proc }) {
    const [[load1, load5, load15] = []] = wordsOf(await proc('loadavg'));
    const [[up = '0'] = []] = wordsOf(await proc('uptime'));
    const uptime = Math.floor(Number(up));
    const disks = await readdir('/sys/block').catch(() => []);
    return [
      {
        ...{ load1: Number(load1), load5: Number(load5), load15: Number(load15) },
        n_cpus: availableParallelism(),
        ...{ uptime, uptime_format: uptimeText(uptime) },
        n_net_cards: Object.keys(networkInterfaces()).filter((name) => name !== 'lo').length,
        n_disks: disks.filter((name) => !/^(loop|ram|zram)\d+$/.test(name)).length,
      },
    ];
  },
};

/** What the kernel has counted since the start of the machine; the time of it in seconds. */
export const kernel: Collector = {
  async collect({ proc }) {
    const stat = new Map(
      wordsOf(await proc('stat')).map(([name = '', value = '']) => [name, Number(value)]),
    );
    const vmstat = new Map(
      wordsOf(await proc('vmstat')).map(([name = '', value = '']) => [name, Number(value)]),
    );
    return [
      {
        interrupts: stat.get('intr') ?? 0,
        context_switches: stat.get('ctxt') ?? 0,
        processes_forked: stat.get('processes') ?? 0,
        boot_time: stat.get('btime') ?? 0,
        disk_pages_in: vmstat.get('pgpgin') ?? 0,
        disk_pages_out: vmstat.get('pgpgout') ?? 0,
      },
    ];
  },
};

/** "3 days,  4:05" */
function uptimeText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0');
  const time = `${String(hours).padStart(2, ' ')}:${minutes}`;
  return days === 0 ? time : `${days} day${days === 1 ? '' : 's'}, ${time}`;
}
