import type { ErrorsResult, HistoryError } from '../../shared/domain/runner-status.ts';

const CAP_DEFAULT = 100;
const TEXT_LENGTH_MAX = 1024;

/** The latest errors of one stage: equal ones in a row are one entry with a count. */
export class ErrorRing {
  readonly #cap: number;
  #entries: HistoryError[] = [];

  constructor(cap: number) {
    this.#cap = cap === 0 ? CAP_DEFAULT : cap;
  }

  add(text: string, nowMs: number, count = 1): void {
    const error = text.slice(0, TEXT_LENGTH_MAX);
    const timestamp = BigInt(Math.round(nowMs)) * 1_000_000n;
    const last = this.#entries.at(-1);
    if (last?.error === error) {
      this.#entries[this.#entries.length - 1] = { error, timestamp, count: last.count + count };
      return;
    }
    this.#entries.push({ error, timestamp, count });
    if (this.#entries.length > this.#cap) this.#entries.shift();
  }

  get entries(): readonly HistoryError[] {
    return this.#entries;
  }
}

/** The errors of a runner by stage, kept in memory: contract section 9, `ErrorsResult`. */
export class ErrorHistory {
  readonly #cap: number;
  readonly #read: ErrorRing;
  readonly #parse: ErrorRing;
  readonly #transform = new Map<string, ErrorRing>();
  readonly #send = new Map<string, ErrorRing>();

  constructor(cap: number) {
    this.#cap = cap;
    this.#read = new ErrorRing(cap);
    this.#parse = new ErrorRing(cap);
  }

  read(text: string, nowMs: number): void {
    this.#read.add(text, nowMs);
  }

  parse(text: string, nowMs: number, count: number): void {
    this.#parse.add(text, nowMs, count);
  }

  transform(type: string, text: string, nowMs: number): void {
    ringOf(this.#transform, type, this.#cap).add(text, nowMs);
  }

  send(sender: string, text: string, nowMs: number, count = 1): void {
    ringOf(this.#send, sender, this.#cap).add(text, nowMs, count);
  }

  get result(): ErrorsResult {
    return {
      read_errors: orNull(this.#read.entries),
      parse_errors: orNull(this.#parse.entries),
      transform_errors: byName(this.#transform),
      send_errors: byName(this.#send),
    };
  }
}

/** What a runner that never ran answers. */
export const NO_ERRORS: ErrorsResult = {
  read_errors: null,
  parse_errors: null,
  transform_errors: null,
  send_errors: null,
};

function ringOf(rings: Map<string, ErrorRing>, name: string, cap: number): ErrorRing {
  const known = rings.get(name);
  if (known !== undefined) return known;
  const ring = new ErrorRing(cap);
  rings.set(name, ring);
  return ring;
}

function orNull(entries: readonly HistoryError[]): readonly HistoryError[] | null {
  return entries.length === 0 ? null : entries;
}

function byName(rings: ReadonlyMap<string, ErrorRing>) {
  if (rings.size === 0) return null;
  return Object.fromEntries([...rings].map(([name, ring]) => [name, ring.entries]));
}
