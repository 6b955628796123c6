import { FLOOD, lineTexts, type ReaderRig } from '../../reader-rig.ts';
import { Relay } from '../../support/relay.ts';
import { silentTcp } from '../../support/silent-server.ts';

/** The cluster keeps the last 5 MB of a partition. */
const FLOOD_LINES = 4_000;
const PARTITIONS = [0, 1, 2, 3];

const optionsAt = (port: number, name: string) => ({
  ...{ kafka_host: `127.0.0.1:${port}`, kafka_topic: name, kafka_groupid: name },
  ...{ kafka_session_timeout: '6s', kafka_timeout: '5s' },
});

/** Lines are in one partition, which keeps their order. */
export const kafkaRig: ReaderRig = {
  make: async (place) => {
    const source = await kafkaRig.absent(place);
    await source.appear();
    return source;
  },
  absent: async ({ servers, name }) => {
    const cluster = await servers.kafka();
    const relay = await Relay.to(Number(cluster.brokers.split(':').at(-1)));
    await relay.cut();
    return {
      options: optionsAt(relay.port, name),
      appear: () => relay.restore(),
      add: (from, to) => cluster.produce(name, lineTexts(from, to)),
      flood: async () => {
        const values = Array.from({ length: FLOOD_LINES }, () => 'x'.repeat(FLOOD.lineBytes));
        for (const partition of PARTITIONS) await cluster.produce(name, values, partition);
      },
      release: () => relay.close(),
    };
  },
  absence: 'thrown',
  resumes: true,
  rangesCount: 'values',
  silent: { open: silentTcp, options: (port) => optionsAt(port, 'logs') },
};
