import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import type { Part } from '../support/part.ts';
import { RegistryProgram } from './registry-program.ts';

const WATCHERS = 1_000;
const REGISTRATIONS = 50;
const P99_MS_MAX = 100;
const NAME = `from a registration to ${WATCHERS} watchers`;

const Figures = z.object({
  heard: z.literal(WATCHERS * REGISTRATIONS),
  p50_ms: z.number(),
  p99_ms: z.number(),
});

/** How soon those who watch a service hear of a new instance. */
export async function watchingPart(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Part> {
  const program = cleanup.use(await RegistryProgram.start(0, context));
  const { url, token } = program;
  return {
    subjects: [
      {
        name: NAME,
        run: async (service) => {
          await using helper = new Helper('registry-watch.process.ts', context);
          const asked = { url, token, service, watchers: WATCHERS, registrations: REGISTRATIONS };
          const { p50_ms, p99_ms } = await helper.ask(asked, Figures);
          return { p99_ms, p50_ms };
        },
      },
    ],
    ratios: [{ figure: 'p99_ms', of: NAME, target: { at_most: P99_MS_MAX } }],
  };
}
