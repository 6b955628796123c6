import { formatRfc3339 } from '../../../../shared/domain/go-time.ts';

const DAY_MS = 86_400_000;
/** So long a date that was read stands for what it says. */
const KEPT_MS = 1_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d $/;
const CLOCK_LENGTH = 9;
const YEAR = /^\d{4} $/;
const YEAR_LENGTH = 5;
/** February 29 is not to be found in each of them. */
const YEARS_BACK = 8;

interface TimeRules {
  /** The year stands behind the time; otherwise there is none. */
  readonly hasYear: boolean;
  readonly timezoneOffsetHours: number;
  readonly nowMs: () => number;
}

interface StampedAt {
  /** By RFC 3339. */
  readonly time: string;
  /** Behind the blank that follows it. */
  readonly end: number;
}

/** Reads `Oct 11 22:14:15 `. Without a year it is the last such day that is not to come. */
export class BsdTime {
  readonly #rules: TimeRules;
  /** Messages that follow each other mostly are of one day. */
  #text = '';
  #year = '';
  #date: string | null = null;
  #readAtMs = 0;

  constructor(rules: TimeRules) {
    this.#rules = rules;
  }

  /** Null: there is no time at this place. */
  at(line: string, start: number): StampedAt | null {
    // A day of one digit may have a blank before it.
    const dateEnd = line.indexOf(' ', start + 5);
    if (dateEnd === -1 || dateEnd > start + 6) return null;
    const clockEnd = dateEnd + 1 + CLOCK_LENGTH;
    const clock = line.slice(dateEnd + 1, clockEnd);
    if (!CLOCK.test(clock)) return null;
    const end = this.#rules.hasYear ? clockEnd + YEAR_LENGTH : clockEnd;
    const date = this.#dateOf(line.slice(start, dateEnd), line.slice(clockEnd, end));
    if (date === null) return null;
    return { time: this.#shifted(`${date}T${clock.trimEnd()}Z`), end };
  }

  /** `2024-10-11` of `Oct 11` and a year, which is empty where none is given; null: no such day. */
  #dateOf(text: string, year: string): string | null {
    const nowMs = this.#rules.nowMs();
    const isKept = text === this.#text && year === this.#year;
    if (isKept && nowMs - this.#readAtMs < KEPT_MS) return this.#date;
    this.#text = text;
    this.#year = year;
    this.#readAtMs = nowMs;
    this.#date = this.#rules.hasYear ? dateIn(text, year) : latestDate(text, nowMs);
    return this.#date;
  }

  #shifted(time: string): string {
    const hours = this.#rules.timezoneOffsetHours;
    if (hours === 0) return time;
    const unixSeconds = Date.parse(time) / 1000 + hours * 3600;
    return formatRfc3339({ unixSeconds, nanos: 0, offsetSeconds: 0 });
  }
}

function dateIn(text: string, year: string): string | null {
  return YEAR.test(year) ? dateOf(text, Number(year)) : null;
}

/** A clock that is ahead, or in a zone that is, is no reason to go back by a year. */
function latestDate(text: string, nowMs: number): string | null {
  const latestMs = nowMs + DAY_MS;
  const first = new Date(latestMs).getUTCFullYear();
  for (let year = first; year >= first - YEARS_BACK; year -= 1) {
    const date = dateOf(text, year);
    if (date !== null && Date.parse(date) <= latestMs) return date;
  }
  return null;
}

function dateOf(text: string, year: number): string | null {
  const month = MONTHS.indexOf(text.slice(0, 3));
  if (month === -1 || !/^ [ \d]?\d$/.test(text.slice(3))) return null;
  const day = Number(text.slice(4));
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  const isReal = date.getUTCMonth() === month && date.getUTCDate() === day;
  return isReal ? date.toISOString().slice(0, 10) : null;
}
