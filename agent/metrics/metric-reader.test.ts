import { describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { LIMITS } from '../../test/support/following.ts';
import { pluginContext } from '../../test/support/plugin-context.ts';
import { CATALOG } from '../plugins/catalog.ts';
import { buildPipeline } from '../runner/pipeline.ts';
import { METRICS } from './catalog.ts';
import { type Look } from './collector.ts';
import { metricReader } from './metric-reader.ts';

describe('a metric runner', () => {
  it('hands out a record of each source of this machine, named by the source', async () => {
    const records = await recordsOf([...METRICS.keys()].map((type) => ({ type })));
    const sources = records.map((record) => Object.keys(record)[0]?.split('__', 1)[0]);

    expect([...new Set(sources)]).toEqual(expect.arrayContaining(['cpu', 'mem', 'net', 'system']));
    for (const record of records) expect(record).toHaveProperty('timestamp');
    const memory = records.find((record) => 'mem__total' in record);
    expect(Number(memory?.['mem__total'])).toBeGreaterThan(1_000_000);
    const counts = records.find((record) => 'processes__total' in record);
    expect(Number(counts?.['processes__total'])).toBeGreaterThan(0);
  });

  it('leaves out the attributes that are not wanted', async () => {
    const attributes = { mem_total: false, mem_free: 'false', mem_used: true };
    const [record = {}] = await recordsOf([{ type: 'mem', attributes }]);

    expect(Object.keys(record)).not.toContain('mem__total');
    expect(Object.keys(record)).not.toContain('mem__free');
    expect(Object.keys(record)).toContain('mem__used');
  });

  it('needs no reader and no parser', async () => {
    const config = RunnerConfig.parse({
      ...{ name: 'm', metric: [{ type: 'mem' }], senders: [{ sender_type: 'discard' }] },
    });
    const policy = {
      ...{ readPaths: [], writePaths: [], senders: [], protectedPaths: [], protectedPatterns: [] },
    };
    const deps = { catalog: CATALOG, policy, context: pluginContext(), mustExist: true };

    await expect(buildPipeline(config, deps)).resolves.toBeDefined();
    const unknown = { ...config, metric: [{ type: 'weather', attributes: {}, config: {} }] };
    await expect(buildPipeline(unknown, deps)).rejects.toThrow('metric "weather" is not known');
  });
});

describe('a metric', () => {
  it('cpu tells percent since the look before, and seconds since the start', async () => {
    const cpu = opened('cpu', {});
    await cpu.collect(
      look({ stat: 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n' }),
    );
    const [total, one] = await cpu.collect(
      look({ stat: 'cpu  150 0 125 825 0 0 0 0 50 0\ncpu0 100 0 100 900 0 0 0 0 0 0\n' }),
    );

    expect(total).toMatchObject({
      ...{ usage_cpu: 'cpu-total', usage_user: 50, usage_system: 25, usage_idle: 25 },
      ...{ usage_guest: 50, time_user: 1.5, time_cpu: 'cpu-total' },
    });
    expect(one).toMatchObject({ usage_cpu: 'cpu0', usage_idle: 100, usage_user: 0 });
  });

  it('cpu leaves out what its config does not want', async () => {
    const cpu = opened('cpu', { per_cpu: 'false', collect_cpu_time: 'false' });
    const samples = await cpu.collect(look({ stat: 'cpu  1 1 1 1\ncpu0 1 1 1 1\nintr 5\n' }));

    expect(samples).toHaveLength(1);
    expect(Object.keys(samples[0] ?? {})).not.toContain('time_user');
  });

  it('net tells counters and rates by interface', async () => {
    const net = opened('net', {});
    const table = (received: number, sent: number) =>
      `h\nh\n  lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\neth0:${received} 5 1 2 0 0 0 0 ${sent} 7 3 4 0 0 0 0\n`;
    await net.collect(look({ 'net/dev': table(1_000, 0) }, 0));
    const samples = await net.collect(look({ 'net/dev': table(5_000, 200) }, 2_000));

    expect(samples).toMatchObject([
      {
        ...{ interface: 'eth0', bytes_recv: 5_000, bytes_recv_per_sec: 2_000 },
        ...{ bytes_sent_per_sec: 100, err_in: 1, drop_in: 2, err_out: 3, drop_out: 4 },
      },
    ]);
  });

  it('diskio tells counters, rates and how long a transfer takes', async () => {
    const diskio = opened('diskio', { devices: 'sda' });
    const row = (reads: number, ms: number, io: number) =>
      `8 0 sda ${reads} 0 ${reads * 8} ${ms} 0 0 0 0 1 ${io} 0\n 7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n`;
    await diskio.collect(look({ diskstats: row(100, 50, 100) }, 0));
    const samples = await diskio.collect(look({ diskstats: row(200, 250, 600) }, 1_000));

    expect(samples).toMatchObject([
      {
        ...{ name: 'sda', reads: 200, reads_per_sec: 100, read_bytes: 200 * 8 * 512 },
        ...{ read_await: 2, await: 2, write_await: 0, io_util: 50, iops_in_progress: 1 },
      },
    ]);
  });

  it('netstat counts the states of connections', async () => {
    const row = (state: string) => ` 0: 0100007F:1F90 00000000:0000 ${state} 0 0\n`;
    const [sample] = await opened('netstat', {}).collect(
      look({ 'net/tcp': `h\n${row('0A')}${row('01')}${row('01')}`, 'net/udp': `h\n${row('07')}` }),
    );

    expect(sample).toMatchObject({
      tcp_listen: 1,
      tcp_established: 2,
      tcp_close: 0,
      udp_socket: 1,
    });
  });
});

function opened(type: string, options: Record<string, string>) {
  const open = METRICS.get(type);
  if (open === undefined) throw new Error(`no metric ${type}`);
  return open(options);
}

function look(files: Readonly<Record<string, string>>, nowMs = 0): Look {
  const proc = async (name: string) => {
    const text = files[name];
    if (text === undefined) throw new Error(`no ${name}`);
    return text;
  };
  return { proc, nowMs };
}

async function recordsOf(metric: readonly object[]): Promise<Record<string, unknown>[]> {
  const config = RunnerConfig.parse({ name: 'm', metric, collect_interval: 60 });
  const end = new AbortController();
  const reader = metricReader(config).open(
    { positions: new Map(), sealed: new Map(), limits: LIMITS, signal: end.signal },
    pluginContext({ clock: systemClock }),
  );
  for await (const { bytes } of reader.batches) {
    end.abort();
    const lines = bytes.toString().trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
  return [];
}
