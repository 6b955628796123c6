import type { LogRecord } from '../../plugin.ts';

/** The parts of a line before its text, by the names that `qiniulog_log_headers` has for them. */
export const HEADS = [
  'prefix',
  'date',
  'time',
  'reqid',
  'level',
  'module',
  'file',
  'combinedReqidLevel',
  'combinedModuleFile',
] as const;
export type Head = (typeof HEADS)[number];

export const DEFAULT_HEADS: readonly Head[] = [
  'date',
  'time',
  'combinedReqidLevel',
  'combinedModuleFile',
];

/** What is still to be read of a line, and what was read so far. */
export interface Reading {
  rest: string;
  date: string;
  readonly record: LogRecord;
}

const DATE = /^\d{4}\/\d{2}\/\d{2}$/;
const TIME = /^\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?$/;
const FILE = /:\d+:$/;
const LEVELS = new Set(['DEBUG', 'INFO', 'WARN', 'ERROR', 'PANIC', 'FATAL']);

/** Takes one head off the line. Throws an Error that says why it is not there. */
export function readHead(head: Head, reading: Reading): void {
  READ[head](reading);
}

const READ: Readonly<Record<Head, (reading: Reading) => void>> = {
  prefix: (reading) => {
    reading.record['prefix'] = takeWord(reading);
  },
  date: (reading) => {
    const word = takeWord(reading);
    if (!DATE.test(word)) throw new Error('it has no date such as 2016/10/20 in its place');
    reading.date = word;
  },
  time: (reading) => {
    const word = takeWord(reading);
    if (!TIME.test(word)) throw new Error('it has no time such as 17:30:21.433423 in its place');
    reading.record['time'] = reading.date === '' ? word : zoned(reading.date, word);
    reading.date = '';
  },
  reqid: readReqid,
  level: (reading) => {
    reading.record['level'] = bracket(reading, 'level such as [INFO]');
  },
  module: (reading) => {
    if (reading.rest.startsWith('[')) reading.record['module'] = bracket(reading, 'module');
  },
  file: readModuleAndFile,
  combinedReqidLevel: readReqidAndLevel,
  combinedModuleFile: readModuleAndFile,
};

/** A line need not be of a request; a level, or a file in quotes, is none. */
function readReqid(reading: Reading): void {
  if (!reading.rest.startsWith('[') || reading.rest.startsWith('["')) return;
  const before = reading.rest;
  const word = bracket(reading, 'reqid');
  if (isLevel(word)) reading.rest = before;
  else reading.record['reqid'] = word;
}

/** `[reqid][LEVEL]`, `[LEVEL]` alone, or `[LEVEL][reqid][...`. */
function readReqidAndLevel(reading: Reading): void {
  const first = bracket(reading, 'level such as [INFO]');
  if (isLevel(first)) {
    reading.record['level'] = first;
    if (/^\[[^\]"]*\]\[/.test(reading.rest)) readReqid(reading);
  } else if (reading.rest.startsWith('[')) {
    reading.record['reqid'] = first;
    reading.record['level'] = bracket(reading, 'level such as [INFO]');
  } else {
    reading.record['level'] = first;
  }
}

/** `[module] file.go:1:`, each with or without the other, or `["file.go:1"]`. */
function readModuleAndFile(reading: Reading): void {
  let hasModule = false;
  if (reading.rest.startsWith('[')) {
    const word = bracket(reading, 'module');
    const quoted = /^"(.*)"$/s.exec(word)?.[1];
    if (quoted !== undefined) {
      reading.record['file'] = quoted;
      return;
    }
    reading.record['module'] = word;
    hasModule = true;
    reading.rest = reading.rest.trimStart();
  }
  const file = fileAtFront(reading.rest);
  if (file !== null) {
    reading.record['file'] = file;
    reading.rest = reading.rest.slice(file.length);
  } else if (!hasModule) {
    throw new Error(
      'it has no file such as main.go:12: in its place; qiniulog_log_headers says what a line has',
    );
  }
}

/** One word, or two: a short name may come before the path. */
function fileAtFront(text: string): string | null {
  const one = /^\S+/.exec(text)?.[0] ?? '';
  if (FILE.test(one)) return one;
  const two = /^\S+ +\S+/.exec(text)?.[0] ?? '';
  return FILE.test(two) ? two : null;
}

function takeWord(reading: Reading): string {
  const word = /^\S*/.exec(reading.rest)?.[0] ?? '';
  reading.rest = reading.rest.slice(word.length);
  return word;
}

function bracket(reading: Reading, what: string): string {
  const end = reading.rest.indexOf(']');
  if (!reading.rest.startsWith('[') || end === -1)
    throw new Error(`it has no ${what} in its place`);
  const word = reading.rest.slice(1, end);
  reading.rest = reading.rest.slice(end + 1);
  return word;
}

function isLevel(word: string): boolean {
  return LEVELS.has(word.toUpperCase());
}

/** The library writes the time of its machine, which is this one. */
function zoned(date: string, time: string): string {
  const [year = 0, month = 1, day = 1] = date.split('/').map(Number);
  const [hours = 0, minutes = 0] = time.split(':', 2).map(Number);
  const west = new Date(year, month - 1, day, hours, minutes).getTimezoneOffset();
  const east = Math.abs(west);
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  return `${date} ${time}${west > 0 ? '-' : '+'}${two(east / 60)}:${two(east % 60)}`;
}
