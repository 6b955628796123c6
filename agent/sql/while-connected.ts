import type { SourceBatch } from '../plugins/plugin.ts';
import type { SqlSession } from './sql-session.ts';
import type { SqlSource } from './sql-source.ts';

/** What is read over one connection, which ends at once when `signal` aborts. */
export async function* whileConnected(
  source: SqlSource,
  signal: AbortSignal,
  read: (session: SqlSession) => AsyncIterable<SourceBatch>,
): AsyncGenerator<SourceBatch, undefined> {
  const isOver = (): boolean => signal.aborted;
  if (isOver()) return;
  try {
    const session = await source.connect(signal);
    const close = () => session.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      yield* read(session);
    } finally {
      signal.removeEventListener('abort', close);
      session.close();
    }
  } catch (thrown) {
    // Whatever is under way ends at once with the reader; what it then throws is nobody's.
    if (!isOver()) throw thrown;
  }
}
