import { rawParser } from '../../agent/plugins/parsers/raw.ts';
import type {
  PluginContext,
  Reader,
  ReaderOpening,
  Records,
  Sender,
  SourceBatch,
} from '../../agent/plugins/plugin.ts';
import type { Pipeline } from '../../agent/runner/pipeline.ts';
import type { Acceptance } from '../../agent/sink/acceptance.ts';

/** A source of numbered lines in memory: `line 0`, `line 1` ... one batch at a time. */
export function scriptedBatches(lines: number, linesPerBatch: number): SourceBatch[] {
  const batches: SourceBatch[] = [];
  for (let from = 0; from < lines; from += linesPerBatch) {
    const to = Math.min(from + linesPerBatch, lines);
    const text = Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('');
    batches.push({
      source: 's',
      origin: '/scripted',
      bytes: Buffer.from(text),
      lines: to - from,
      firstLine: null,
      position: { next: to },
    });
  }
  return batches;
}

/** Hands out the batches after the committed position, then waits for the end. */
export function scriptedReader(batches: readonly SourceBatch[], opening: ReaderOpening): Reader {
  const from = opening.positions.get('s') as { next: number } | undefined;
  async function* read(): AsyncGenerator<SourceBatch> {
    for (const batch of batches) {
      if (opening.signal.aborted) return;
      if ((batch.position as { next: number }).next > (from?.next ?? 0)) yield batch;
    }
    await new Promise((end) => {
      if (opening.signal.aborted) end(undefined);
      opening.signal.addEventListener('abort', end, { once: true });
    });
  }
  return { origin: '/scripted', batches: read(), lag: () => ({ bytes: 0 }), trouble: () => null };
}

/** A sink in memory that takes, refuses or hangs as `behave` says, and can take a batch back. */
export class ScriptedSender implements Sender {
  readonly name: string;
  readonly taken: string[] = [];
  closed = false;
  attempts = 0;
  readonly #behave: (attempt: number, signal: AbortSignal) => Promise<void>;

  constructor(name: string, behave: (attempt: number, signal: AbortSignal) => Promise<void>) {
    this.name = name;
    this.#behave = behave;
  }

  async send(records: Records, signal: AbortSignal): Promise<Acceptance> {
    this.attempts += 1;
    await this.#behave(this.attempts, signal);
    const text = records.raw().toString();
    this.taken.push(text);
    return {
      positions: [{ path: `/${this.name}`, identity: '1-1', size: this.taken.join('').length }],
      committed: () => undefined,
      undo: async () => {
        this.taken.splice(this.taken.indexOf(text), 1);
      },
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

export function scriptedPipeline(
  batches: readonly SourceBatch[],
  senders: readonly Sender[],
  context: PluginContext,
): Pipeline {
  return {
    limits: { lines: 0, bytes: 1024, lingerMs: 0, lineBytes: 0 },
    openReader: (opening) => scriptedReader(batches, opening),
    openParser: () => rawParser.configure({ timestamp: 'false' }).open(context),
    openTransforms: () => [],
    openSenders: async () => senders.map((sender) => ({ name: sender.name, sender })),
  };
}
