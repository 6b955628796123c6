import { z } from 'zod';

const LEVEL_NAMES: ReadonlyMap<number, string> = new Map([
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARN'],
  [50, 'ERROR'],
  [60, 'FATAL'],
]);

const VALUE_LENGTH_MAX = 300;
const NOT_SHOWN: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'err']);

const LogRecord = z.looseObject({
  level: z.number().catch(30),
  time: z.string().catch(''),
  msg: z.string().catch(''),
  err: z.object({ message: z.string() }).optional().catch(undefined),
});

/**
 * A log record (a line of JSON) as one short line for a person:
 * `2026-11-21 10:00:00.123 WARN  runner stopped: disk full runner=r1`.
 */
export function logLine(json: string): string {
  const record = LogRecord.parse(JSON.parse(json));
  const { level, time, msg, err } = record;
  const fields = Object.entries(record)
    .filter(([name]) => !NOT_SHOWN.has(name))
    .map(([name, value]) => `${name}=${shown(value)}`);

  const when = time.replace('T', ' ').replace('Z', '');
  const name = (LEVEL_NAMES.get(level) ?? String(level)).padEnd(5);
  return `${oneLine([when, name, whatHappened(msg, err?.message), ...fields].join(' '))}\n`;
}

function whatHappened(message: string, cause: string | undefined): string {
  return cause === undefined || cause === message ? message : `${message}: ${cause}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}...` : text;
}

/** What others made us log must neither start a line of its own nor command the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
