/** When a file is full, so that the next batch begins a new one; 0: never by that. */
export interface Rotation {
  readonly bytesMax: number;
  /** Since the file was made. */
  readonly ageMsMax: number;
}

export interface FileAge {
  readonly bytes: number;
  readonly ageMs: number;
}

/** An empty file is never full: there is nothing to keep apart. */
export function isFull({ bytes, ageMs }: FileAge, { bytesMax, ageMsMax }: Rotation): boolean {
  if (bytes === 0) return false;
  return (bytesMax > 0 && bytes >= bytesMax) || (ageMsMax > 0 && ageMs >= ageMsMax);
}

/** What a file is called that was full at a time: `app.log-20260131235959`, local time. */
export function rotatedPath(path: string, timeMs: number): string {
  const time = new Date(timeMs);
  const parts = [
    time.getMonth() + 1,
    time.getDate(),
    time.getHours(),
    time.getMinutes(),
    time.getSeconds(),
  ];
  const stamp = parts.map((part) => String(part).padStart(2, '0')).join('');
  return `${path}-${time.getFullYear()}${stamp}`;
}
