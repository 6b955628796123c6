/** A moment as its text gave it: nothing of it is lost, neither digits nor zone. */
export interface GoTime {
  /** Whole seconds since the Unix epoch. */
  readonly unixSeconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
  /** How far the zone of the text is ahead of UTC. */
  readonly offsetSeconds: number;
}

/** What the elements of one text say. */
export interface TimeFields {
  year: number;
  month: number;
  day: number;
  /** Counted from 1; it takes the place of month and day. */
  yearDay: number | null;
  hour: number;
  isHour12: boolean;
  isPm: boolean | null;
  minute: number;
  second: number;
  nanos: number;
  /** Not a number when the zone of the text cannot be. */
  offsetSeconds: number;
}

const DAY_MS = 86_400_000;

/** Go's values for what a layout does not name: year 0, January 1, midnight, UTC. */
export function emptyFields(): TimeFields {
  return {
    year: 0,
    month: 1,
    day: 1,
    yearDay: null,
    hour: 0,
    isHour12: false,
    isPm: null,
    minute: 0,
    second: 0,
    nanos: 0,
    offsetSeconds: 0,
  };
}

/** The moment that the fields name; null when there is none, like February 30 or 25 o'clock. */
export function toTime(fields: TimeFields): GoTime | null {
  const { minute, second, nanos, offsetSeconds } = fields;
  const hour = hourOf(fields);
  const days = daysOf(fields);
  if (hour === null || days === null || minute > 59 || second > 59) return null;
  if (Number.isNaN(offsetSeconds)) return null;

  const wall = days * 86_400 + hour * 3600 + minute * 60 + second;
  return { unixSeconds: wall - offsetSeconds, nanos, offsetSeconds };
}

function hourOf({ hour, isHour12, isPm }: TimeFields): number | null {
  if (hour > (isHour12 ? 12 : 23)) return null;
  if (isPm === null) return hour;
  if (isPm) return hour < 12 ? hour + 12 : hour;
  return hour === 12 ? 0 : hour;
}

/** Days since the Unix epoch. */
function daysOf({ year, month, day, yearDay }: TimeFields): number | null {
  const date = new Date(0);
  // Date.UTC takes years below 100 for 1900 and later; setUTCFullYear does not.
  if (yearDay !== null) {
    date.setUTCFullYear(year, 0, yearDay);
    return date.getUTCFullYear() === year ? date.getTime() / DAY_MS : null;
  }
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() / DAY_MS : null;
}
