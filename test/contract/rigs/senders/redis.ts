import { relayFaults, type SenderRig } from '../../sender-rig.ts';
import { numberOf } from '../../support/number-of.ts';
import { Relay } from '../../support/relay.ts';

export const redisRig: SenderRig = {
  ...{ fails: 'at any time', losesAnswers: true, isPicky: false },
  make: async ({ servers, name }) => {
    const server = await servers.redis();
    const relay = await Relay.to(server.port);
    return {
      options: { redis_address: `127.0.0.1:${relay.port}`, redis_key: name },
      taken: async () => (await server.redis.lrange(name, 0, -1)).map(numberOf),
      faults: relayFaults(relay),
      dispose: () => relay.close(),
    };
  },
};
