import { join } from 'node:path';
import type { BenchContext } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import type { Contender } from './contender.ts';

interface BareSqliteAsked {
  readonly name: string;
  readonly lives: number;
  readonly batch: number;
}

/** A table, and transactions that claim and complete whole batches, in the thread that asks. */
export function bareSqlite(
  { name, lives, batch }: BareSqliteAsked,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Contender {
  const processes = [cleanup.use(new Helper('bare-sqlite.process.ts', context))];
  return {
    ...{ name, processes, lives },
    lay: async (pile) => [{ path: join(context.dir, `${pile}.db`), lives, batch }],
  };
}
