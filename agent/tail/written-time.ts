import { compileGoLayout } from '../../shared/domain/go-time.ts';
import { ELEMENT } from '../../shared/domain/go-time-elements.ts';

/**
 * Reads the time that a text begins with, in ms since the epoch; null when it begins with none. A
 * time without a zone is meant as the clock on this machine's wall; one without a year is the
 * last such day that is not after `latestMs`.
 */
export type ReadTime = (text: string, latestMs: number) => number | null;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY_MS = 24 * 60 * 60 * 1000;
/** Only the beginning of a text is looked at. */
const LOOK_CHARACTERS = 1024;

/** RFC 3339, with a blank or a `T`, dashes or slashes; before it maybe `[`, `time="`, `<34>1 `. */
const ISO =
  /^(?:<\d{1,3}>(?:1 )?|\[|(?:time|ts|timestamp)="?)?\s*(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|[-+]\d\d:?\d\d)(?![\d-]))?/i;
/** An access log has it in brackets, behind the client. */
const ACCESS_LOG = /\[(\d\d)\/([a-z]{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([-+]\d{4})\]/i;
const SYSLOG = /^(?:<\d{1,3}>)?([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?!\d)/i;
const EPOCH = /^\[?(\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?![\d.])/;

/** Reads what most programs write, and the given layouts of Go's `time` package before that. */
export function timeReader(layouts: readonly string[]): ReadTime {
  const readers = [...layouts.map(layoutReader), readIso, readAccessLog, readSyslog, readEpoch];
  return (text, latestMs) => {
    const beginning = text.slice(0, LOOK_CHARACTERS);
    for (const read of readers) {
      const ms = read(beginning, latestMs);
      if (ms !== null && Number.isFinite(ms)) return ms;
    }
    return null;
  };
}

/** A number of seconds, ms, µs or ns since the epoch: which of them, its size tells. */
export function epochMs(value: number): number {
  let ms = value < 1e11 ? value * 1000 : value;
  while (ms >= 1e14) ms /= 1000;
  return ms;
}

function readEpoch(text: string): number | null {
  const match = EPOCH.exec(text);
  return match === null ? null : epochMs(Number(match[1]));
}

function readIso(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction = '0', zone] = match;
  const wall = { year: Number(year), month: Number(month) - 1, day: Number(day) };
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second) };
  return momentOf({ ...wall, ...time, ms: Number(`0.${fraction}`) * 1000 }, zone ?? null);
}

function readAccessLog(text: string): number | null {
  const match = ACCESS_LOG.exec(text);
  if (match === null) return null;
  const [, day, month = '', year, hour, minute, second, zone = 'Z'] = match;
  const wall = { year: Number(year), month: monthOf(month), day: Number(day) };
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second), ms: 0 };
  return momentOf({ ...wall, ...time }, zone);
}

function readSyslog(text: string, latestMs: number): number | null {
  const match = SYSLOG.exec(text);
  if (match === null) return null;
  const [, month = '', day, hour, minute, second] = match;
  const year = new Date(latestMs).getFullYear();
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second), ms: 0 };
  const wall = { year, month: monthOf(month), day: Number(day), ...time };
  const ms = momentOf(wall, null);
  // A clock may be a little ahead, but no line is of next December.
  if (ms !== null && ms <= latestMs + DAY_MS) return ms;
  return momentOf({ ...wall, year: year - 1 }, null);
}

/** A layout is compared with as many words of the text as it has itself. */
function layoutReader(layout: string): ReadTime {
  const parse = compileGoLayout(layout);
  const hasZone = (layout.match(ELEMENT) ?? []).some((name) => /07|MST/.test(name));
  const words = layout.trim().split(/\s+/).length;
  const head = new RegExp(String.raw`^\s*\S+(?:\s+\S+){${words - 1}}`);
  return (text) => {
    const found = head.exec(text)?.[0] ?? '';
    const time = parse(found) ?? parse(found.replace(/[\],;:|]+$/, ''));
    if (time === null) return null;
    const ms = time.unixSeconds * 1000 + time.nanos / 1e6;
    return hasZone ? ms : onThisWall(ms);
  };
}

interface Wall {
  readonly year: number;
  /** Counted from 0; -1 is none. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

/** Null for a day or an hour that there is not, such as February 30. */
function momentOf({ year, month, day, ...time }: Wall, zone: string | null): number | null {
  const { hour, minute, second, ms } = time;
  if (month < 0 || month > 11 || hour > 23 || minute > 59 || second > 60) return null;
  const utcMs = Date.UTC(year, month, day, hour, minute, second) + ms;
  const isDay = new Date(Date.UTC(year, month, day)).getUTCDate() === day;
  if (!isDay) return null;
  return zone === null ? onThisWall(utcMs) : utcMs - zoneMs(zone);
}

function zoneMs(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** The moment at which a clock here shows what a clock at Greenwich shows at `utcMs`. */
function onThisWall(utcMs: number): number {
  const at = new Date(utcMs);
  const day = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()] as const;
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()] as const;
  return new Date(...day, ...time).getTime() + (((utcMs % 1000) + 1000) % 1000);
}

function monthOf(name: string): number {
  return MONTHS.indexOf(name.toLowerCase());
}
