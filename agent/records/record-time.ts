const RFC3339 =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?\s?([Zz]|[+-]\d\d:?\d\d)?$/;
const DIGITS = /^\d{1,19}$/;
/** From this size on a number counts milliseconds, microseconds, nanoseconds since 1970. */
const MS_FROM = 100_000_000_000n;
const US_FROM = 100_000_000_000_000n;
const NS_FROM = 100_000_000_000_000_000n;

/**
 * The time that a field holds, in nanoseconds since 1970: a text of RFC 3339 (without a zone: UTC),
 * or a number of seconds, milliseconds, microseconds or nanoseconds, told apart by their size. Null:
 * it holds none.
 */
export function recordTimeNs(value: unknown): bigint | null {
  if (typeof value === 'number') return numberNs(value);
  const text = typeof value === 'string' ? value : rawNumber(value);
  if (text === null) return null;
  if (DIGITS.test(text)) return scaled(BigInt(text));
  const number = /^\d+\.\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(number) ? rfc3339Ns(text) : numberNs(number);
}

/** The same in milliseconds. */
export function recordTimeMs(value: unknown): number | null {
  const timeNs = recordTimeNs(value);
  return timeNs === null ? null : Number(timeNs / 1_000_000n);
}

function rawNumber(value: unknown): string | null {
  return JSON.isRawJSON(value) ? JSON.stringify(value) : null;
}

function numberNs(value: number): bigint | null {
  if (!(value >= 0 && value < 1e19)) return null;
  if (Number.isInteger(value)) return scaled(BigInt(value));
  // A fraction of seconds or of milliseconds; a double holds no more than microseconds of them.
  const unit = value >= 1e11 ? 1_000 : 1_000_000;
  return BigInt(Math.round(value * unit)) * 1_000n;
}

function scaled(value: bigint): bigint {
  if (value >= NS_FROM) return value;
  if (value >= US_FROM) return value * 1_000n;
  if (value >= MS_FROM) return value * 1_000_000n;
  return value * 1_000_000_000n;
}

function rfc3339Ns(text: string): bigint | null {
  const [, date, time, fraction = '', zone = 'Z'] = RFC3339.exec(text.trim()) ?? [];
  if (date === undefined || time === undefined) return null;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const timeMs = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(timeMs)) return null;
  const timeNs = BigInt(timeMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return timeNs < 0n ? null : timeNs;
}
