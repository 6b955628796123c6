import { compileGoFormat } from '../../../../shared/domain/go-time-format.ts';
import { AppError } from '../../../../shared/kernel/errors.ts';

export const TIME_ZONES = ['Local', 'UTC', 'PRC'] as const;
export type TimeZone = (typeof TIME_ZONES)[number];

const HOUR_MS = 3_600_000;
const PRC_SECONDS = 8 * 3_600;
/** A server takes no longer line than 4 KiB in a request. */
const NAMES_MAX = 40;

interface NamingOptions {
  /** A layout of Go's `time` package. */
  readonly layout: string;
  readonly zone: TimeZone;
  readonly backHours: number;
}

/**
 * The names that a layout makes of the times from one to another, looked at once an hour.
 *
 * @throws AppError `invalid` when the layout holds no time, and when the names are too many.
 */
export function indexNaming({ layout, zone, backHours }: NamingOptions) {
  const format = compileGoFormat(layout);
  const nameAt = (timeMs: number): string => {
    const atMs = timeMs - backHours * HOUR_MS;
    return format({
      unixSeconds: Math.floor(atMs / 1_000),
      nanos: 0,
      offsetSeconds: offsetSeconds(zone, atMs),
    });
  };
  return (fromMs: number, toMs: number): readonly string[] => {
    const names = new Set<string>();
    for (let atMs = fromMs; atMs < toMs && names.size <= NAMES_MAX; atMs += HOUR_MS) {
      names.add(nameAt(atMs));
    }
    names.add(nameAt(toMs));
    if (names.size <= NAMES_MAX) return [...names];
    throw new AppError(
      'invalid',
      `nothing was read since ${new Date(fromMs).toISOString()}, which is more than ${NAMES_MAX} indices of ${layout}; ` +
        'read them by a pattern such as "app-*", without es_date_shift',
    );
  };
}

function offsetSeconds(zone: TimeZone, timeMs: number): number {
  switch (zone) {
    case 'UTC':
      return 0;
    case 'PRC':
      return PRC_SECONDS;
    case 'Local':
      return -new Date(timeMs).getTimezoneOffset() * 60;
  }
}
