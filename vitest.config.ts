import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{master,agent,shared,test}/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    coverage: { provider: 'v8', include: ['{master,agent,shared}/**/*.ts'] },
  },
});
