import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endedChildrenCpuSeconds } from '../support/process-figures.ts';
import { isSame } from './output-checks.ts';
import type { Rival } from './route.ts';
import { catTo, evenStart, rates } from './timed-run.ts';

/** The floor under everything: the system's own copy of a file. */
export const cat: Rival = {
  name: 'cat f > g',
  prepare: (_, context) => async (input) => {
    const output = join(context.dir, 'cat-out.log');
    await evenStart(input, context);
    const cpuBefore = await endedChildrenCpuSeconds();
    const startMs = performance.now();
    await catTo(output, input, context);
    const seconds = (performance.now() - startMs) / 1000;
    const cpu = (await endedChildrenCpuSeconds()) - cpuBefore;

    await isSame(input, output);
    await rm(output);
    return rates(input, seconds, cpu);
  },
};
