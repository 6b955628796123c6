import { crc32 } from 'node:zlib';
import { pino } from 'pino';
import type { PluginContext, SourceBatch } from '../../agent/plugins/plugin.ts';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { FakeClock } from './fake-clock.ts';

/** What a plugin is given, with a clock that stands still and nothing to reach outside. */
export function pluginContext(given: Partial<PluginContext> = {}): PluginContext {
  const refuse = () =>
    Promise.reject(new AppError('internal', 'this test reaches nothing outside'));
  return {
    runner: 'r1',
    clock: new FakeClock(),
    random: { next: () => 0.5 },
    log: pino({ level: 'silent' }),
    http: { request: refuse, close: () => Promise.resolve() },
    openHttp: (tls) => createPoolClient({ userAgent: 'test', tls }),
    files: { append: refuse, close: () => Promise.resolve() },
    isSynced: false,
    ...{ timeLayouts: [], env: {} },
    ...given,
  };
}

/** The lines of `text` as a reader hands them out. */
export function batchOf(text: string, source = 'source-1'): SourceBatch {
  const bytes = Buffer.from(text);
  const lines = text.split('\n').length - (/(^|\n)$/.test(text) ? 1 : 0);
  return {
    ...{ source, origin: '/var/log/app.log', bytes, lines, position: 0 },
    range: { generation: 0, start: 0, end: bytes.length, crc: crc32(bytes) },
    ...{ ends: null, offsets: null, firstLine: null },
  };
}
