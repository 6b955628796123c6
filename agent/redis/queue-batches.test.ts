import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { LIMITS } from '../../test/support/following.ts';
import { settled, until } from '../../test/support/runner-rig.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import type { Queue, QueueItem } from './queue.ts';
import { queueBatches } from './queue-batches.ts';

const LINGER_MS = 5_000;

describe('the values of a queue', () => {
  it('are handed out when they have waited for others as long as they may', async () => {
    const { queue, clock, batches } = rig({});
    queue.values.push('a');
    await settled();
    queue.values.push('b');
    for (let ms = 0; ms < LINGER_MS - 100; ms += 100) await pass(clock, 100);
    expect(batches).toEqual([]);

    await pass(clock, 100);
    await until(() => batches.length > 0);
    expect(batches).toEqual(['a\nb\n']);
  });

  it.each<{ what: string; given: Partial<BatchLimits> }>([
    { what: 'lines', given: { lines: 2 } },
    { what: 'bytes', given: { bytes: 2 } },
  ])('wait no longer when their $what are a batch', async ({ given }) => {
    const { queue, clock, batches } = rig(given);
    queue.values.push('a');
    await settled();
    queue.values.push('b');
    await pass(clock, 100);

    await until(() => batches.length > 0);
    expect(batches).toEqual(['a\nb\n']);
  });

  it('are handed out at once where a batch need not be full, with those that came with them', async () => {
    const { queue, clock, batches } = rig({ lingerMs: 0 });
    queue.values.push('a');
    await settled();
    queue.values.push('b');
    await pass(clock, 0);

    await until(() => batches.length > 0);
    expect(batches).toEqual(['a\nb\n']);
  });
});

/** A queue in memory, read on a clock that moves only when it is told to. */
function rig(given: Partial<BatchLimits>) {
  const clock = new FakeClock();
  const queue = new MemoryQueue();
  const batches: string[] = [];
  const reading = queueBatches({
    ...{ source: 's', origin: 'o', queue, sealed: undefined, clock },
    limits: { ...LIMITS, lingerMs: LINGER_MS, ...given },
    signal: new AbortController().signal,
  });
  void reading.next().then(({ value }) => batches.push(value?.bytes.toString() ?? ''));
  return { queue, clock, batches };
}

async function pass(clock: FakeClock, ms: number): Promise<void> {
  await settled();
  clock.advance(ms);
  await settled();
}

class MemoryQueue implements Queue {
  readonly generation = 0;
  readonly settledCount = 0;
  readonly values: string[] = [];

  async take(countMax: number, mayWait: boolean): Promise<readonly QueueItem[]> {
    if (mayWait) await until(() => this.values.length > 0);
    return this.values.splice(0, countMax).map((text) => ({ bytes: Buffer.from(text), id: '' }));
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  position(): null {
    return null;
  }

  close(): void {
    this.values.length = 0;
  }
}
