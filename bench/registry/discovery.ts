import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import type { Part } from '../support/part.ts';

const NAME = "discover from a client's cache";
const FLOOR = 'lookup in a Map';
const PER_S_MIN = 1_000_000;

const Figures = z.object({ cache_per_s: z.number(), map_per_s: z.number() });

/** How often a client can ask for the instances of a service that it follows. */
export async function discoveryPart(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Part> {
  const helper = cleanup.use(new Helper('registry-cache.process.ts', context));
  const ask = () => helper.ask({ services: 100, instances: 10, calls: 2_000_000 }, Figures);
  const figure = 'per_s';
  return {
    subjects: [
      { name: NAME, run: async () => ({ per_s: (await ask()).cache_per_s }) },
      { name: FLOOR, run: async () => ({ per_s: (await ask()).map_per_s }) },
    ],
    ratios: [
      { figure, of: NAME, target: { at_least: PER_S_MIN } },
      { figure, of: NAME, to: FLOOR },
    ],
  };
}
