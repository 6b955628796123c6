import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { KafkaCluster } from '../../support/kafka-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { LineSource } from '../support/line-source.ts';
import { collects, toRawFile } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

/** A process is killed so soon after its sink is seen to have more: with batches under way. */
const WORK_MS_MAX = 40;
/** The group gives nobody the partitions of a member that was killed before its session has ended. */
const SESSION = '6s';

/** Servers that are read from, and know how far: what is read is kept with what is sent, too. */
export const SOURCES: readonly DeliveryCase[] = [
  {
    name: 'kill -9 at random instants, from kafka to a file',
    // The broker that is played keeps little.
    full: { lines: 60_000, times: 20 },
    reduced: { lines: 6_000, times: 2 },
    async run(scene, size) {
      const cluster = await KafkaCluster.start();
      try {
        return [await killWhileReading(scene, size, cluster)];
      } finally {
        await cluster.stop();
      }
    },
  },
];

async function killWhileReading(
  scene: Scene,
  { lines, times }: Size,
  cluster: KafkaCluster,
): Promise<Delivered> {
  const sources = [new LineSource('a'), new LineSource('b')];
  const to = scene.path('out.txt');
  await scene.program.run();
  const reader = {
    ...{ mode: 'kafka', kafka_host: cluster.brokers, kafka_topic: 'logs', kafka_groupid: 'g' },
    kafka_session_timeout: SESSION,
  };
  await scene.addRunner('r1', collects(reader, toRawFile(to)));
  const rounds = times + 1;
  for (let round = 0; round < rounds; round += 1) {
    const before = await sizeOf(to);
    for (const [partition, source] of sources.entries()) {
      const text = source.take(Math.ceil(lines / sources.length / rounds));
      await cluster.produce('logs', text.trimEnd().split('\n'), partition);
    }
    if (round === times) break;
    await waitFor('more in the file', async () => (await sizeOf(to)) > before);
    await delay(scene.between(0, WORK_MS_MAX));
    await scene.program.end('SIGKILL');
    await scene.program.run();
  }
  const expected = Object.fromEntries(sources.map(({ name, count }) => [name, count]));
  await scene.caughtUp({ r1: sources.reduce((sum, { count }) => sum + count, 0) });
  return { sink: 'file', files: [to], form: 'raw', expected };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
