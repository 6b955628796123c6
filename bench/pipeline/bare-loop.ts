import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Helper } from '../support/helper.ts';
import type { OutputCheck } from './output-checks.ts';
import type { Rival } from './route.ts';
import { evenStart, timed } from './timed-run.ts';

export const BARE_LOOP = 'bare loop';

/** A floor: one thread of the same Node that does this work and nothing else, checkpoints included. */
export function bareLoop(file: string, check: OutputCheck): Rival {
  return {
    name: BARE_LOOP,
    prepare: (_, context) => async (input) => {
      const dir = await mkdtemp(join(context.dir, 'bare-loop-'));
      const output = join(dir, 'out.log');
      const question = { input: input.path, output, checkpoints: join(dir, 'checkpoints.db') };
      await using helper = new Helper(file, context);
      await helper.ask({ ask: 'ready' }, z.object({}));
      await evenStart(input, context);
      const copy = () => helper.ask({ ask: 'copy', ...question }, z.object({}));
      const figures = await timed(input, helper.pid, copy);

      await check(input, output);
      await rm(dir, { recursive: true });
      return figures;
    },
  };
}
