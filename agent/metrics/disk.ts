import { statfs } from 'node:fs/promises';
import {
  type Collector,
  type MetricOptions,
  namesOf,
  percent,
  Rates,
  wordsOf,
} from './collector.ts';

/** Of these it makes no sense to say how full they are. */
const UNREAL: ReadonlySet<string> = new Set([
  ...['proc', 'sysfs', 'devpts', 'cgroup', 'cgroup2', 'mqueue', 'debugfs', 'tracefs', 'bpf'],
  ...['securityfs', 'pstore', 'autofs', 'configfs', 'hugetlbfs', 'fusectl', 'binfmt_misc', 'nsfs'],
  ...['rpc_pipefs', 'devtmpfs', 'efivarfs', 'ramfs'],
]);

/** A record for each file system that is mounted, in bytes. */
export function disk(options: MetricOptions): Collector {
  const ignored = namesOf(options, 'ignore_fs') ?? new Set();
  const wanted = namesOf(options, 'mount_points');
  return {
    async collect({ proc }) {
      const mounts = wordsOf(await proc('mounts'))
        .map(([device = '', path = '', type = '']) => ({ device, path: unescaped(path), type }))
        .filter(
          ({ path, type }) =>
            !UNREAL.has(type) && !ignored.has(type) && (wanted?.has(path) ?? true),
        );
      const all = await Promise.all(mounts.map(usageOf));
      return all.filter((sample) => sample !== null);
    },
  };
}

async function usageOf(mount: {
  readonly device: string;
  readonly path: string;
  readonly type: string;
}) {
  // One that may not be looked at, or has gone meanwhile.
  const stats = await statfs(mount.path).catch(() => null);
  if (stats === null || stats.blocks === 0) return null;
  const { bsize, blocks, bfree, bavail, files, ffree } = stats;
  const used = (blocks - bfree) * bsize;
  return {
    path: mount.path,
    device: mount.device.replace(/^\/dev\//, ''),
    fstype: mount.type,
    ...{ total: blocks * bsize, free: bavail * bsize, used },
    used_percent: percent(used, used + bavail * bsize),
    // The name is the original's.
    ...{ inodes_total: files, inodes_fress: ffree, inodes_used: files - ffree },
  };
}

/** Spaces in paths of /proc/mounts are written in octal. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}

const SECTOR_BYTES = 512;
const UNREAL_DEVICE = /^(loop|ram|zram)\d+$/;

/** A record for each block device: counters since the start, rates since the last look. */
export function diskio(options: MetricOptions): Collector {
  const wanted = namesOf(options, 'devices');
  const rates = new Rates();
  return {
    async collect({ proc, nowMs }) {
      rates.look(nowMs);
      return wordsOf(await proc('diskstats'))
        .map(([, , name = '', ...counters]) => ({ name, counters: counters.map(Number) }))
        .filter(({ name }) => wanted?.has(name) ?? !UNREAL_DEVICE.test(name))
        .map(({ name, counters }) => transfers(name, counters, rates));
    },
  };
}

function transfers(name: string, counters: readonly number[], rates: Rates) {
  const at = (index: number) => counters[index] ?? 0;
  const reads = at(0);
  const writes = at(4);
  const merged = { read: at(1), write: at(5) };
  const bytes = { read: at(2) * SECTOR_BYTES, write: at(6) * SECTOR_BYTES };
  const ms = { read: at(3), write: at(7), io: at(9) };
  const perSecond = (what: string, value: number) => rates.perSecond(`${name} ${what}`, value);
  const since = (what: string, value: number) => rates.since(`${name} since ${what}`, value);
  const done = { read: since('reads', reads), write: since('writes', writes) };
  const waited = { read: since('read ms', ms.read), write: since('write ms', ms.write) };
  return {
    ...{ name, reads, writes },
    reads_per_sec: perSecond('reads', reads),
    writes_per_sec: perSecond('writes', writes),
    ...{ merged_read_count: merged.read, merged_write_count: merged.write },
    merged_read_count_per_sec: perSecond('merged reads', merged.read),
    merged_write_count_per_sec: perSecond('merged writes', merged.write),
    ...{ read_bytes: bytes.read, write_bytes: bytes.write },
    read_bytes_per_sec: perSecond('read bytes', bytes.read),
    write_bytes_per_sec: perSecond('write bytes', bytes.write),
    ...{ read_time: ms.read, write_time: ms.write, io_time: ms.io },
    read_await: each(waited.read, done.read),
    write_await: each(waited.write, done.write),
    await: each(waited.read + waited.write, done.read + done.write),
    io_util: percent(since('io ms', ms.io), rates.seconds * 1_000),
    iops_in_progress: at(8),
  };
}

function each(ms: number, count: number): number {
  return count > 0 ? ms / count : 0;
}
