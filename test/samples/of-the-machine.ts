import { expect } from 'vitest';
import { InfluxdbServer } from '../support/influxdb-server.ts';
import { addToJournal } from '../support/journal-folder.ts';
import type { SampleRun } from '../support/sample-stage.ts';
import { waitFor } from '../support/wait-for.ts';

/** Samples that tell of the machine itself. */
export const OF_THE_MACHINE: readonly SampleRun[] = [
  {
    file: 'confs/samples/journald-to-file.conf',
    async run(stage) {
      const entry = (unit: string, priority: number) => ({
        __REALTIME_TIMESTAMP: 1_700_000_000_000_000 + priority,
        __MONOTONIC_TIMESTAMP: priority,
        _BOOT_ID: '0123456789abcdef0123456789abcdef',
        ...{ _HOSTNAME: 'web', _SYSTEMD_UNIT: unit, PRIORITY: priority, MESSAGE: 'm' },
      });
      addToJournal(stage.dir, [
        entry('nginx.service', 3),
        entry('nginx.service', 6),
        entry('cron.service', 2),
        entry('ssh.service', 4),
      ]);
      const out = stage.path('journal.ndjson');
      await stage.start({
        instead: { '/var/log/journal': stage.dir, './data/out/journal.ndjson': out },
      });
      const common = { _HOSTNAME: 'web', message: 'm', __REALTIME_TIMESTAMP: expect.any(String) };
      expect(await stage.records(out, 2)).toEqual([
        { ...common, unit: 'nginx.service', PRIORITY: '3' },
        { ...common, unit: 'ssh.service', PRIORITY: '4' },
      ]);
    },
  },
  {
    file: 'confs/samples/script-by-cron-to-file.conf',
    async run(stage) {
      const out = stage.path('disks.ndjson');
      await stage.start({ instead: { './data/out/disks.ndjson': out } });
      const disks = await stage.records(out, 1);
      expect(disks).toContainEqual(
        expect.objectContaining({
          ...{ device: expect.any(String), kb: expect.any(Number), used_kb: expect.any(Number) },
          mount: '/',
        }),
      );
    },
  },
  {
    file: 'confs/samples/metrics-to-influxdb.conf',
    async run(stage) {
      const influxdb = await InfluxdbServer.start();
      stage.closing(() => influxdb.stop());
      await stage.start({
        instead: {
          'http://127.0.0.1:8086': `http://${influxdb.host}`,
          '"collect_interval": 10': '"collect_interval": 1',
        },
      });
      const last = (field: string, more = '') =>
        waitFor(field, () =>
          influxdb
            .query('machines', `SELECT last("${field}") FROM machine WHERE hostname = 'h' ${more}`)
            .catch(() => null),
        );
      const values = await Promise.all([
        last('mem__total'),
        last('cpu__usage_user'),
        last('disk__used_percent', "AND disk = '/'"),
      ]);
      for (const found of values)
        expect(found.values).toEqual([[expect.anything(), expect.any(Number)]]);
    },
  },
];
