import { relayFaults, type SenderRig } from '../../sender-rig.ts';
import { numberOf } from '../../support/number-of.ts';
import { Relay } from '../../support/relay.ts';

/** Brokers tell where they are, so that only the first question goes by way of the relay. */
export const kafkaRig: SenderRig = {
  ...{ fails: 'at first', losesAnswers: false, isPicky: false },
  make: async ({ servers, name }) => {
    const cluster = await servers.kafka();
    const relay = await Relay.to(Number(cluster.brokers.split(':').at(-1)));
    return {
      options: {
        ...{ kafka_host: `127.0.0.1:${relay.port}`, kafka_topic: name },
        ...{ kafka_retry_max: '0', kafka_timeout: '5s' },
      },
      // Of messages that a consumer knows by their id.
      taken: async () => {
        const messages = cluster.allMessages(name).map((message): [string, string] => {
          const [, id = '', json = ''] = /^ *(\S+) (.*)$/.exec(message) ?? [];
          return [id, json];
        });
        const byId = new Map(messages);
        return [...byId.values()].map(numberOf).toSorted((a, b) => a - b);
      },
      faults: relayFaults(relay),
      dispose: () => relay.close(),
    };
  },
};
