import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { KafkaReading, type KafkaSource } from './kafka-reading.ts';

/** A reader of topics, which joins its group when it is first pulled. */
export function openKafkaReader(
  source: KafkaSource,
  opening: ReaderOpening,
  { clock }: PluginContext,
): Reader {
  let reading: KafkaReading | null = null;
  const opened = async (): Promise<KafkaReading> => {
    reading = await KafkaReading.open({ source, opening, clock });
    return reading;
  };
  return {
    origin: `kafka://${source.kafka_host}/${source.kafka_topic.join(',')}`,
    batches: batchesOf(opened, opening.signal),
    lag: () => ({ bytes: reading?.lagBytes ?? 0 }),
    trouble: () => reading?.trouble ?? null,
  };
}

async function* batchesOf(
  opened: () => Promise<KafkaReading>,
  signal: AbortSignal,
): AsyncGenerator<SourceBatch, undefined> {
  const isOver = (): boolean => signal.aborted;
  if (isOver()) return;
  try {
    yield* (await opened()).batches();
  } catch (thrown) {
    if (!isOver()) throw thrown;
  }
}
