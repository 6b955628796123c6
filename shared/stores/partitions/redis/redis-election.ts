import { textsOf } from '../../redis/replies.ts';
import type { Election, Leadership } from '../partition-store.ts';
import { CAMPAIGN, LEADERSHIP, RENEW_LEADERSHIP, RESIGN } from './lua/election-scripts.ts';
import type { NamespaceScripts } from './namespace-scripts.ts';

export function redisElection(scripts: NamespaceScripts): Election {
  return {
    campaign: async ({ candidate, leaseMs }) =>
      leadershipOf(await scripts.run(CAMPAIGN, [candidate, String(leaseMs)])),
    renewLeadership: async ({ candidate, epoch, leaseMs }) => {
      const words = [candidate, String(epoch), String(leaseMs)];
      return (await scripts.run(RENEW_LEADERSHIP, words)) === '1';
    },
    resign: async ({ candidate, epoch }) => {
      await scripts.run(RESIGN, [candidate, String(epoch)]);
    },
    leadership: async () => leadershipOf(await scripts.run(LEADERSHIP, [])),
  };
}

function leadershipOf(reply: unknown): Leadership {
  const [leader = '', epoch, leftMs] = textsOf(reply);
  return { leader, epoch: Number(epoch), leftMs: Number(leftMs) };
}
