import { listOf, numberOf, numbersOf, textsOf } from '../../redis/replies.ts';
import { inSteps } from '../../redis/steps.ts';
import type { NewPartition, Plans } from '../partition-store.ts';
import { fencedError, stalePlanError } from '../store-errors.ts';
import { STATE } from './lua/namespace-scripts.ts';
import { FILL, PLAN, TEND } from './lua/plan-scripts.ts';
import type { NamespaceScripts, Refusal } from './namespace-scripts.ts';
import { newPartitionText } from './partition-texts.ts';

export function redisPlans(scripts: NamespaceScripts): Plans {
  return {
    planState: async () => {
      const reply = await scripts.run(STATE, ['planned_to', 'last_partition', 'mark', 'paused']);
      const [plannedTo = '', lastPartition, mark = '', paused] = textsOf(reply);
      return {
        plannedTo: plannedOf(plannedTo),
        lastPartitionId: numberOf(lastPartition),
        mark,
        isPaused: paused === '1',
      };
    },
    plan: async ({ epoch, after, to, mark, partitions }) => {
      const planned = [after === null ? '' : String(after), String(to)];
      const marked = mark === undefined ? ['0', ''] : ['1', mark];
      const words = [String(epoch), ...planned, ...marked, ...wordsOf(partitions)];
      await scripts.run(PLAN, words, (code, text) =>
        code === 'STALE_PLAN' ? stalePlanError(after, plannedOf(text)) : fenced(epoch)(code, text),
      );
    },
    fill: ({ epoch, partitions }) =>
      inSteps(partitions, async (some) => {
        const words = [String(epoch), ...wordsOf(some)];
        return numbersOf(await scripts.run(FILL, words, fenced(epoch)));
      }),
    tend: async ({ epoch, nowMs, attemptsMax, limit }) => {
      const words = [epoch, nowMs, attemptsMax, limit].map(String);
      const [expired, buried, requeued] = listOf(await scripts.run(TEND, words, fenced(epoch)));
      return {
        expired: numbersOf(expired),
        buried: numbersOf(buried),
        requeued: numbersOf(requeued),
      };
    },
  };
}

function fenced(epoch: number): Refusal {
  return (code, text) => (code === 'FENCED' ? fencedError(epoch, Number(text)) : null);
}

function plannedOf(text: string): bigint | null {
  return text === '' ? null : BigInt(text);
}

function wordsOf(partitions: readonly NewPartition[]): string[] {
  return partitions.map(newPartitionText);
}
