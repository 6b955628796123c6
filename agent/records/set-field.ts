import type { LogRecord } from '../plugins/plugin.ts';

/** Sets a field whose name comes from the data: one called `__proto__` is a field like any other. */
export function setField(record: LogRecord, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(record, name, {
      ...{ value, writable: true, enumerable: true, configurable: true },
    });
  } else {
    record[name] = value;
  }
}
