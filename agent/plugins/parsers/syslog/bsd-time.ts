import { formatRfc3339 } from '../../../../shared/domain/go-time.ts';

const DAY_S = 86_400;
const KEPT_MS = 1_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const STAMP = /([A-Z][a-z]{2}) ([ 0-3]?\d) (\d\d):(\d\d):(\d\d) /y;
const STAMP_WITH_YEAR = /([A-Z][a-z]{2}) ([ 0-3]?\d) (\d\d):(\d\d):(\d\d) (\d{4}) /y;

interface TimeRules {
  /** The year stands behind the time; otherwise there is none. */
  readonly hasYear: boolean;
  readonly timezoneOffsetHours: number;
  readonly nowMs: () => number;
}

export interface StampedAt {
  /** By RFC 3339. */
  readonly time: string;
  /** Behind the blank that follows it. */
  readonly end: number;
}

/** Reads `Oct 11 22:14:15 `. Without a year it is the last such moment that is not to come. */
export class BsdTime {
  readonly #rules: TimeRules;
  /** Messages that follow each other mostly are of one second. */
  #text = '';
  #time = '';
  #readAtMs = 0;

  constructor(rules: TimeRules) {
    this.#rules = rules;
  }

  /** Null: there is no time at this place. */
  at(line: string, start: number): StampedAt | null {
    const nowMs = this.#rules.nowMs();
    const text = this.#text;
    if (text !== '' && nowMs - this.#readAtMs < KEPT_MS && line.startsWith(text, start)) {
      return { time: this.#time, end: start + text.length };
    }
    const pattern = this.#rules.hasYear ? STAMP_WITH_YEAR : STAMP;
    pattern.lastIndex = start;
    const found = pattern.exec(line);
    const seconds = found === null ? null : this.#secondsOf(found, nowMs);
    if (found === null || seconds === null) return null;
    this.#text = found[0];
    this.#time = formatRfc3339({ unixSeconds: seconds, nanos: 0, offsetSeconds: 0 });
    this.#readAtMs = nowMs;
    return { time: this.#time, end: start + found[0].length };
  }

  #secondsOf(found: RegExpExecArray, nowMs: number): number | null {
    const [month = -1, day = 0, ...clock] = [
      MONTHS.indexOf(found[1] ?? ''),
      ...found.slice(2).map(Number),
    ];
    const [hour = 0, minute = 0, second = 0, given] = clock;
    if (month < 0 || hour > 23 || minute > 59 || second > 59) return null;
    const inYear = (year: number) => {
      const date = new Date(Date.UTC(year, month, day, hour, minute, second));
      const isReal = date.getUTCMonth() === month && date.getUTCDate() === day;
      return isReal ? date.getTime() / 1000 + this.#rules.timezoneOffsetHours * 3600 : null;
    };
    if (given !== undefined) return inYear(given);
    // A clock that is ahead, or in a zone that is, is no reason to go back by a year.
    const latest = nowMs / 1000 + DAY_S;
    const thisYear = new Date(nowMs).getUTCFullYear();
    // The day after New Year's Eve may be one of the year to come, where it has dawned already.
    const years = [thisYear + 1, thisYear, thisYear - 1, thisYear - 2, thisYear - 3, thisYear - 4];
    for (const year of years) {
      const seconds = inYear(year);
      if (seconds !== null && seconds <= latest) return seconds;
    }
    return null;
  }
}
