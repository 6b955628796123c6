import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { keepCompiled } from './test/support/compile-cache.ts';
import { LongestFirst } from './test/support/longest-first.ts';

/** Tests of whole processes mostly wait for those; what computes fills the gaps. */
const WORKERS_BESIDE_CORES = 2;
/** It takes pictures of the memory of its process, which so should hold little. */
const ALONE = 'shared/telemetry/profiler.test.ts';

keepCompiled();

export default defineConfig({
  test: {
    restoreMocks: true,
    // Far more than they take: a machine may have much else to do.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000, interval: 10 } },
    pool: 'forks',
    maxWorkers: availableParallelism() + WORKERS_BESIDE_CORES,
    sequence: { sequencer: LongestFirst },
    coverage: { provider: 'v8', include: ['{master,agent,shared}/**/*.ts'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts', ALONE],
          globalSetup: 'test/support/compiled-program.ts',
        },
      },
      {
        // Parts hold no state of their own, so that files can share a process and what it imports.
        extends: true,
        test: {
          name: 'parts',
          include: ['{master,agent,shared}/**/*.test.ts'],
          exclude: [ALONE],
          isolate: false,
        },
      },
    ],
  },
});
