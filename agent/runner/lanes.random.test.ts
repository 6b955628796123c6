import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settledUnits } from '../../shared/domain/ledger.ts';
import { type Action, LaneWorld, RUNNER } from '../../test/support/lane-world/lane-world.ts';
import { POISON } from '../../test/support/lane-world/world-sources.ts';

/** More of them, and others, by `RANDOM_RUNS` and `SEED`. */
const RUNS = Number(process.env['RANDOM_RUNS'] ?? 40);
const SEED = process.env['SEED'];

const sink = fc.record({
  kind: fc.constantFrom('keyed', 'strict', 'file'),
  buffer: fc.constantFrom('block', 'drop_oldest', 'none'),
  bytesMax: fc.integer({ min: 1, max: 400 }),
});

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: append() },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass'), steps: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('mood'),
      sink: fc.nat({ max: 3 }),
      mood: fc.constantFrom('well', 'away', 'hangs', 'deaf'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('kill'), afterSteps: fc.nat({ max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('losing'), isLosing: fc.boolean() }) },
);

function append(): fc.Arbitrary<Action> {
  return fc.record({
    do: fc.constant('append'),
    source: fc.nat({ max: 2 }),
    lines: fc.integer({ min: 1, max: 12 }),
    isBad: fc.boolean(),
  });
}

describe('lanes, whatever happens to their sinks and to the process', () => {
  it('hand each line on once and in order, but for those counted as lost, and leave no file behind', async () => {
    const plan = fc.record({
      sinks: fc.array(sink, { minLength: 1, maxLength: 3 }),
      sources: fc.integer({ min: 1, max: 3 }),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(plan, fc.array(action, { maxLength: 25 }), async (given, actions) => {
        const world = await LaneWorld.create(given, addsUp);
        try {
          for (const one of actions) await world.act(one);
          await world.drain();
          await proven(world);
        } finally {
          await world.close();
        }
      }),
      { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    );
  });
});

/** What was read is settled or in flight, at any moment. */
function addsUp({ progress }: LaneWorld): void {
  for (const { read, settled, inFlight } of Object.values(progress.ledger)) {
    expect(read.units).toBe(settled.units + inFlight.units);
    expect(read.bytes).toBe(settled.bytes + inFlight.bytes);
    expect(settledUnits(settled)).toBe(settled.units);
  }
}

async function proven(world: LaneWorld): Promise<void> {
  const letters = await world.store.deadLetters(RUNNER, 0, 10_000);
  for (const { name, lines } of world.sinks) {
    const refused = letters.filter(({ sender }) => sender === name);
    const units = world.progress.ledger[name]?.settled;
    expect(units, name).toMatchObject({ delivered: lines.length, deadLettered: refused.length });
    expect(lines.length + refused.length + (units?.dropped ?? 0)).toBe(world.sources.lineCount);
    expect(refused.every(({ record }) => record.includes(POISON))).toBe(true);
    for (const source of world.sources.names) {
      const got = lines.filter((line) => line.startsWith(`${source} `)).map(placeOf);
      expect(got).toEqual(got.toSorted((a, b) => a - b));
      expect(new Set(got).size).toBe(got.length);
    }
  }
  await coversAll(world);
  expect(await world.bufferFiles()).toEqual([]);
}

/** The ledger that is kept knows each byte of each source once a sender. */
async function coversAll(world: LaneWorld): Promise<void> {
  const ranges = await world.store.ledger(RUNNER);
  for (const { name } of world.sinks) {
    for (const source of world.sources.names) {
      const bytes = world.sources.bytesOf(source);
      const own = ranges
        .filter((range) => range.sender === name && range.source === source)
        .toSorted((a, b) => a.start - b.start);
      let end = 0;
      for (const range of own) {
        expect(range.start).toBe(end);
        expect(range.crc).toBe(crc32(bytes.subarray(range.start, range.end)));
        end = range.end;
      }
      expect(end).toBe(bytes.length);
    }
  }
}

function placeOf(line: string): number {
  return Number(line.split(' ').at(-1));
}
