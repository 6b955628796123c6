import { setImmediate as turned } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Channels } from '../../shared/rpc/channels.ts';
import { endpointAt } from '../../shared/rpc/discovery/discovery.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import { RpcStats } from '../../shared/rpc/rpc-stats.ts';
import type { RpcTransport } from '../../shared/rpc/transport.ts';
import { FakeClock } from '../support/fake-clock.ts';

const [A, B] = [endpointAt('10.0.0.1:80'), endpointAt('10.0.0.2:80')];

function rig() {
  const clock = new FakeClock();
  const closed: string[] = [];
  const transport: RpcTransport = {
    name: 'tcp',
    channel: (address) => ({
      isDraining: false,
      call: async () => {
        throw new RpcError('unavailable', 'nobody is there');
      },
      close: async () => void closed.push(address),
    }),
  };
  return { clock, closed, channels: new Channels({ transport, clock, attemptMsMax: 1_000 }) };
}

it('a channel to an instance that has left is closed when no call can be on its way any more', async () => {
  const { clock, closed, channels } = rig();
  channels.peers([A, B]);
  channels.peers([B]);
  clock.advance(999);
  await turned();
  expect(closed).toEqual([]);
  clock.advance(1);
  await turned();
  expect(closed).toEqual([A.address]);
  expect(channels.size).toBe(1);
});

it('an instance that comes back in time has the channel it had', async () => {
  const { clock, closed, channels } = rig();
  const [before] = channels.peers([A]);
  channels.peers([]);
  clock.advance(500);
  const [after] = channels.peers([A]);
  clock.advance(5_000);
  await turned();
  expect(after?.channel).toBe(before?.channel);
  expect(closed).toEqual([]);
  await channels.close();
  expect(closed).toEqual([A.address]);
});

it('of instances that have left the figures of a thousand are kept', () => {
  const stats = new RpcStats('greet.Greet');
  const ids = Array.from({ length: 1_005 }, (_, nth) => `i${nth}`);
  for (const id of ids) stats.method('Hello').succeeded(id, 1, []);
  stats.left(ids, ['here']);
  const kept = [...(stats.methods.get('Hello')?.byInstance.keys() ?? [])];
  expect(kept).toEqual(ids.slice(5));
});
