import { crc32 } from 'node:zlib';
import type { BufferLimits } from '../../agent/buffer/buffer-options.ts';
import { rawParser } from '../../agent/plugins/parsers/raw.ts';
import type {
  Delivery,
  Reader,
  ReaderOpening,
  Records,
  Sender,
  SourceBatch,
  Transform,
} from '../../agent/plugins/plugin.ts';
import type { Pipeline, Route } from '../../agent/runner/pipeline.ts';
import type { Acceptance } from '../../agent/sink/acceptance.ts';
import { AppError, type ErrorKind } from '../../shared/kernel/errors.ts';
import { pluginContext } from './plugin-context.ts';

/** A source of numbered lines in memory: `line 0`, `line 1` ... */
export function scriptedBatches(lines: number, linesPerBatch: number): SourceBatch[] {
  const batches: SourceBatch[] = [];
  let start = 0;
  for (let from = 0; from < lines; from += linesPerBatch) {
    const to = Math.min(from + linesPerBatch, lines);
    const bytes = Buffer.from(scriptedLines(from, to));
    const end = start + bytes.length;
    batches.push({
      source: 's',
      origin: '/scripted',
      ...{ bytes, lines: to - from, ends: null, offsets: null, firstLine: null },
      range: { generation: 0, start, end, crc: crc32(bytes) },
      position: { next: to },
    });
    start = end;
  }
  return batches;
}

export function scriptedLines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('');
}

/** What happens to one attempt: nothing (it is accepted), a failure, or a long wait. */
export type Behaviour = (attempt: number, signal: AbortSignal) => Promise<void>;

/** Never answers, but listens to the signal. */
export const hang: Behaviour = (_attempt, signal) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });

/** Refuses the first attempts, then accepts. */
export function failing(times: number, kind: ErrorKind = 'unavailable'): Behaviour {
  return async (attempt) => {
    if (attempt <= times) throw new AppError(kind, `no, for the ${attempt}. time`);
  };
}

interface SenderScript {
  readonly behave?: Behaviour;
  readonly holdsFiles?: boolean;
  readonly sendsKey?: boolean;
  /** Throws when the sink does not like what it is sent. */
  readonly judge?: (text: string) => void;
  /** What it takes of the records. */
  readonly form?: 'raw' | 'ndjson';
  /** Where it writes down what it does, beside the other senders. */
  readonly events?: string[];
}

/** A sink in memory that takes, refuses or hangs as its script says, and can take a batch back. */
export class ScriptedSender implements Sender {
  readonly name: string;
  readonly holdsFiles: boolean;
  readonly sendsKey: boolean;
  readonly taken: string[] = [];
  /** One an attempt. */
  readonly keys: string[] = [];
  isClosed = false;
  attempts = 0;
  readonly #behave: Behaviour;
  readonly #judge: (text: string) => void;
  readonly #form: 'raw' | 'ndjson';
  readonly #events: string[];

  constructor(
    name: string,
    {
      behave = async () => undefined,
      holdsFiles = false,
      sendsKey = false,
      judge = () => undefined,
      form = 'raw',
      events = [],
    }: SenderScript = {},
  ) {
    this.name = name;
    this.holdsFiles = holdsFiles;
    this.sendsKey = sendsKey;
    this.#judge = judge;
    this.#behave = behave;
    this.#form = form;
    this.#events = events;
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    this.attempts += 1;
    this.keys.push(key);
    this.#events.push(`${this.name} asked`);
    await this.#behave(this.attempts, signal);
    const text = records[this.#form]().toString();
    this.#judge(text);
    this.taken.push(text);
    return {
      positions: [{ path: `/${this.name}`, identity: '1-1', size: this.taken.join('').length }],
      committed: () => this.#events.push(`${this.name} committed`),
      undo: async () => {
        this.#events.push(`${this.name} undone`);
        this.taken.splice(this.taken.indexOf(text), 1);
      },
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

interface PipelineScript {
  readonly batches?: readonly SourceBatch[];
  readonly senders?: readonly Sender[];
  readonly transforms?: Readonly<Record<string, Transform>>;
  readonly openParser?: Pipeline['openParser'];
  /** Asked before each batch, with how often the reader was opened: what it throws, the reader throws. */
  readonly beforeBatch?: (opening: number, batch: SourceBatch) => void;
  readonly openSenders?: Pipeline['openSenders'];
  readonly buffer?: BufferLimits | null;
  /** By sender: which records it gets; all, where nothing is said. */
  readonly routes?: Readonly<Record<string, Route>>;
  readonly isLosing?: Reader['isLosing'];
}

export function scriptedPipeline({
  batches = [],
  senders = [],
  transforms = {},
  openParser = () => rawParser.configure({ timestamp: 'false' }).open(pluginContext()),
  beforeBatch = () => undefined,
  isLosing,
  buffer = null,
  routes = {},
  openSenders = async () =>
    senders.map((sender) => ({
      ...{ name: sender.name, sender, buffer, route: routeOf(routes, sender.name) },
    })),
}: PipelineScript): Pipeline {
  let openings = 0;
  return {
    limits: { lines: 0, bytes: 1024, lingerMs: 0, lineBytes: 0 },
    openReader: (opening) => {
      openings += 1;
      const nth = openings;
      const reader = scriptedReader(batches, opening, (batch) => beforeBatch(nth, batch));
      return isLosing === undefined ? reader : { ...reader, isLosing };
    },
    openParser,
    openTransforms: () =>
      Object.entries(transforms).map(([type, transform], i) => ({
        ...{ name: `${type}-${i}`, type, transform },
      })),
    openSenders,
  };
}

/** Hands out the batches after the committed position, then waits for the end. */
function scriptedReader(
  batches: readonly SourceBatch[],
  { positions, signal }: ReaderOpening,
  beforeBatch: (batch: SourceBatch) => void,
): Reader {
  const from = nextOf(positions.get('s'));
  async function* read(): AsyncGenerator<SourceBatch> {
    for (const batch of batches) {
      if (signal.aborted) return;
      if (nextOf(batch.position) <= from) continue;
      beforeBatch(batch);
      yield batch;
    }
    await new Promise((end) => {
      if (signal.aborted) end(undefined);
      signal.addEventListener('abort', end, { once: true });
    });
  }
  return { origin: '/scripted', batches: read(), lag: () => ({ bytes: 0 }), trouble: () => null };
}

function nextOf(position: unknown): number {
  const hasNext = typeof position === 'object' && position !== null && 'next' in position;
  return hasNext ? Number(position.next) : 0;
}

/** Senders may have any name. */
function routeOf(routes: Readonly<Record<string, Route>>, name: string): Route | null {
  return Object.hasOwn(routes, name) ? (routes[name] ?? null) : null;
}
