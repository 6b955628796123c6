import { pino } from 'pino';
import { PARSERS } from '../../agent/plugins/parsers/catalog.ts';
import type { PluginContext, SourceBatch } from '../../agent/plugins/plugin.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemRandom } from '../../shared/kernel/random.ts';

/** What parsing is measured with: by bytes, and by way of text and objects. */
export const FORMS = { bytes: 'ndjson', objects: 'objects' } as const;
export type Form = keyof typeof FORMS;

/** Makes NDJSON of access lines, as an agent does. */
export function accessParser(form: Form): (lines: Uint8Array) => Buffer {
  const nginx = PARSERS.find(({ type }) => type === 'nginx');
  const parser = nginx?.configure({ type: 'nginx' }).open(context());
  return (lines) => {
    const records = parser?.parse(batchOf(Buffer.from(lines.buffer)), FORMS[form]).records;
    if (records === undefined || records.count === 0) throw new Error('nothing was parsed');
    const json = Buffer.from(records.ndjson());
    records.release?.();
    return json;
  };
}

function batchOf(bytes: Buffer): SourceBatch {
  return {
    ...{ source: 's', origin: 's', bytes, lines: 0, position: null },
    range: { generation: 0, start: 0, end: bytes.length, crc: 0 },
    ...{ ends: null, offsets: null, firstLine: null },
  };
}

/** A parser reaches nothing outside. */
function context(): PluginContext {
  const refuse = () => Promise.reject(new Error('a parser sends nothing'));
  return {
    ...{
      runner: 'bench',
      clock: systemClock,
      random: systemRandom,
      log: pino({ level: 'silent' }),
    },
    http: { request: refuse, close: () => Promise.resolve() },
    openHttp: () => ({ request: refuse, close: () => Promise.resolve() }),
    files: { append: refuse, close: () => Promise.resolve() },
    ...{ isSynced: false, timeLayouts: [], env: {} },
  };
}
