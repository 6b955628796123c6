import type { Records, Sender } from '../../../agent/plugins/plugin.ts';
import { RecordsRefused } from '../../../agent/records/records-refused.ts';
import { ACCEPTED, type Acceptance } from '../../../agent/sink/acceptance.ts';
import { Bell } from '../../../shared/kernel/bell.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import type { CheckpointStore } from '../../../shared/stores/checkpoint-store.ts';
import type { Life } from './life.ts';
import { POISON } from './world-sources.ts';

/** `hangs`: it answers when it is in another mood. `deaf`: it takes what it is sent, and its answer is lost. */
export type Mood = 'well' | 'away' | 'hangs' | 'deaf';

/** How a sink is now, which may change while something is asked of it. */
export class Temper {
  readonly #changed = new Bell();
  #mood: Mood = 'well';

  get mood(): Mood {
    return this.#mood;
  }

  become(mood: Mood): void {
    this.#mood = mood;
    this.#changed.ring();
  }

  /** @throws AppError when nothing is taken. */
  async meet(signal: AbortSignal): Promise<void> {
    while (this.#mood === 'hangs' && !signal.aborted) await this.#changed.heard(signal);
    if (signal.aborted) throw new AppError('timeout', 'aborted');
    if (this.#mood === 'away') throw new AppError('unavailable', 'away');
  }
}

/** A sink that outlives the processes which send to it. */
export interface WorldSink {
  readonly name: string;
  readonly temper: Temper;
  readonly lines: readonly string[];
  open(life: Life, store: CheckpointStore): Promise<Sender>;
}

/** One that knows by the key what it has already. */
export class KeyedSink implements WorldSink {
  readonly name: string;
  readonly lines: string[] = [];
  readonly temper = new Temper();
  readonly #isStrict: boolean;
  readonly #keys = new Set<string>();

  constructor(name: string, isStrict: boolean) {
    this.name = name;
    this.#isStrict = isStrict;
  }

  async open(life: Life): Promise<Sender> {
    return {
      name: this.name,
      sendsKey: true,
      send: async (records, signal, { key }) => {
        await life.step();
        await this.temper.meet(signal);
        await life.step();
        if (!this.#keys.has(key)) {
          const lines = linesOf(records);
          if (this.#isStrict) judge(lines);
          this.#keys.add(key);
          this.lines.push(...lines);
        }
        await life.step();
        if (this.temper.mood === 'deaf') throw new AppError('timeout', 'no answer');
        return ACCEPTED;
      },
      close: async () => undefined,
    };
  }
}

/** A file, which is cut to its committed end before it is written to again. */
export class FileSink implements WorldSink {
  readonly name: string;
  readonly temper = new Temper();
  #lines: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  async open(life: Life, store: CheckpointStore): Promise<Sender> {
    const committed = await store.sink(this.name);
    this.#lines = this.#lines.slice(0, committed?.size ?? 0);
    return {
      name: this.name,
      holdsFiles: true,
      send: async (records, signal) => {
        await life.step();
        await this.temper.meet(signal);
        await life.step();
        const before = this.#lines.length;
        this.#lines.push(...linesOf(records));
        const acceptance = this.#acceptance(life, before);
        await life.step();
        if (this.temper.mood !== 'deaf') return acceptance;
        await acceptance.undo();
        throw new AppError('unavailable', 'disk full');
      },
      close: async () => undefined,
    };
  }

  #acceptance(life: Life, before: number): Acceptance {
    return {
      positions: [{ path: this.name, identity: '1-1', size: this.#lines.length }],
      committed: () => undefined,
      undo: () =>
        life.through(async () => {
          this.#lines.length = before;
        }),
    };
  }
}

function judge(lines: readonly string[]): void {
  if (lines.some((line) => line.includes(POISON))) throw new RecordsRefused('not that');
}

function linesOf(records: Records): string[] {
  return records.raw().toString().split('\n').slice(0, -1);
}
