import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { relayFaults, type SenderRig } from '../../sender-rig.ts';
import { numberOf } from '../../support/number-of.ts';
import { Relay } from '../../support/relay.ts';

const run = promisify(execFile);
const READ_MS_MAX = 15_000;

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
        const byId = new Map(await messagesOf(cluster.brokers, name));
        return [...byId.values()].map(numberOf).toSorted((a, b) => a - b);
      },
      faults: relayFaults(relay),
      dispose: () => relay.close(),
    };
  },
};

/** All that a topic has: the header with its id, and the value. */
async function messagesOf(brokers: string, topic: string): Promise<[id: string, json: string][]> {
  const what = ['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%h %s\n'];
  const { stdout } = await run('kcat', ['-b', brokers, ...what], { timeout: READ_MS_MAX });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((message) => {
      const [id = '', json = ''] = message.split(' ');
      return [id, json];
    });
}
