import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../../plugin.ts';
import { ElasticReading } from './elastic-reading.ts';
import { ElasticServer } from './elastic-server.ts';
import type { ElasticSource } from './elastic-source.ts';
import { waysOf } from './open-snapshot.ts';

export function openElasticReader(
  source: ElasticSource,
  opening: ReaderOpening,
  context: PluginContext,
): Reader {
  const server = new ElasticServer(source, context, opening.signal);
  return {
    origin: source.origin,
    batches: batchesOf(source, opening, { context, server }),
    // How many documents are missing would cost a look at all of them.
    lag: () => ({ bytes: 0 }),
    trouble: () => server.trouble ?? server.missing,
  };
}

interface Surroundings {
  readonly context: PluginContext;
  readonly server: ElasticServer;
}

async function* batchesOf(
  source: ElasticSource,
  opening: ReaderOpening,
  { context, server }: Surroundings,
): AsyncGenerator<SourceBatch, undefined> {
  const isOver = (): boolean => opening.signal.aborted;
  try {
    if (isOver()) return;
    const ways = await waysOf(source, server);
    yield* new ElasticReading({ source, server, ways, opening, context }).batches();
  } catch (thrown) {
    // Whatever was under way ended with the reader.
    if (!isOver()) throw thrown;
  } finally {
    await server.close();
  }
}
