/** One record of a source, its fields without the name of the source before them. */
export type Sample = Readonly<Record<string, unknown>>;

/** The machine as it is now. */
export interface Look {
  /** A file of /proc, as text. @throws AppError `unavailable`. */
  readonly proc: (name: string) => Promise<string>;
  /** For rates: a time that only grows. */
  readonly nowMs: number;
}

/** Looks at one side of a machine, again and again; rates are since the look before. */
export interface Collector {
  collect(look: Look): Promise<readonly Sample[]>;
}

/** What a metric's `config` says, as text: "true", or names parted by commas. */
export type MetricOptions = Readonly<Record<string, string>>;

export function isOn(options: MetricOptions, name: string, fallback: boolean): boolean {
  const text = options[name] ?? '';
  return text === '' ? fallback : text.toLowerCase() === 'true';
}

/** Names parted by commas, or a JSON list of them; null: any. */
export function namesOf(options: MetricOptions, name: string): ReadonlySet<string> | null {
  const names = (options[name] ?? '').split(/[[\]",\s]+/).filter((part) => part !== '');
  return names.length === 0 ? null : new Set(names);
}

/** Lines of words parted by white space. */
export function wordsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

/** `name value ...` or `name: value kB`, the first number by name. */
export function numbersOf(text: string): ReadonlyMap<string, number> {
  return new Map(
    wordsOf(text).map(([name = '', value = '']) => [name.replace(/:$/, ''), Number(value)]),
  );
}

export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.max(0, (100 * part) / whole)) : 0;
}

/** How much of each counter came since the last look, by a key. */
export class Rates {
  #last: ReadonlyMap<string, number> = new Map();
  #next = new Map<string, number>();
  #lastMs: number | null = null;
  #seconds = 0;

  /** Begins a look. */
  look(nowMs: number): void {
    this.#seconds = this.#lastMs === null ? 0 : (nowMs - this.#lastMs) / 1_000;
    this.#lastMs = nowMs;
    this.#last = this.#next;
    this.#next = new Map();
  }

  /** Since the last look; 0 at the first one, and for a counter that was set back. */
  since(key: string, value: number): number {
    this.#next.set(key, value);
    return Math.max(0, value - (this.#last.get(key) ?? value));
  }

  perSecond(key: string, value: number): number {
    const since = this.since(key, value);
    return this.#seconds > 0 ? since / this.#seconds : 0;
  }

  get seconds(): number {
    return this.#seconds;
  }
}
