import { listOf, numberOf, numbersOf, textOf } from '../../redis/replies.ts';
import { inSteps } from '../../redis/steps.ts';
import type {
  ClaimRequest,
  Renewed,
  Settlement,
  Verdict,
  Work,
  Workers,
} from '../partition-store.ts';
import { idText } from './id-text.ts';
import {
  CLAIM,
  CLAIM_CHOSEN,
  FORGET_WORKERS,
  LEAVE,
  LIST_WORKERS,
  RENEW,
  SETTLE,
} from './lua/work-scripts.ts';
import type { NamespaceScripts } from './namespace-scripts.ts';
import { jsonText, partitionsOf } from './partition-texts.ts';

/** A claim of more gets so many: whoever has room for more asks again. */
const CLAIMED_MAX = 1_000;

export function redisWork(scripts: NamespaceScripts): Work & Workers {
  return {
    claim: (request) => claim(scripts, request),
    settle: (settlements) =>
      inSteps(settlements, async (some) => {
        const words: string[] = [];
        for (const settlement of some) addWords(words, settlement);
        return Array.from(textOf(await scripts.run(SETTLE, words)), verdictOf);
      }),
    renew: async ({ workerId, held, leaseMs, presenceMs }) => {
      const worker = [JSON.stringify(workerId), String(presenceMs), String(leaseMs)];
      let last: Omit<Renewed, 'lost'> = { activeWorkers: 0, shareable: 0, isPaused: false };
      const lost = await inSteps(held, async (some) => {
        const words = some.flatMap(({ id, token }) => [idText(id), String(token)]);
        const [gone, ...rest] = listOf(await scripts.run(RENEW, [...worker, ...words]));
        last = sharedOf(rest);
        return numbersOf(gone);
      });
      return { ...last, lost };
    },
    workers: async () => listOf(await scripts.run(LIST_WORKERS, [])).map(workerOf),
    leave: async (workerId) => {
      await scripts.run(LEAVE, [JSON.stringify(workerId)]);
    },
    forgetWorkers: async ({ silentMs, inactiveMax }) => {
      await scripts.run(FORGET_WORKERS, [silentMs, inactiveMax].map(String));
    },
  };
}

async function claim(scripts: NamespaceScripts, request: ClaimRequest) {
  const { workerId, leaseMs, isPreempting, attemptsMax, isReturning, ids } = request;
  const wordsOf = (limit: number) => [
    ...[JSON.stringify(workerId), String(Math.min(limit, CLAIMED_MAX)), String(leaseMs)],
    ...[flag(isPreempting), String(attemptsMax), flag(isReturning)],
  ];
  if (ids === undefined) {
    return partitionsOf(textOf(await scripts.run(CLAIM, wordsOf(request.limit))));
  }
  let left = request.limit;
  return inSteps([...new Set(ids)], async (some) => {
    const words = [...wordsOf(left), ...some.map(idText)];
    const claimed = partitionsOf(textOf(await scripts.run(CLAIM_CHOSEN, words)));
    left -= claimed.length;
    return claimed;
  });
}

/** As SETTLE reads it. */
function addWords(words: string[], settlement: Settlement): void {
  words.push(idText(settlement.id), String(settlement.token), settlement.event);
  switch (settlement.event) {
    case 'start':
      break;
    case 'save':
      words.push(jsonText(settlement.checkpoint));
      break;
    case 'complete':
    case 'release':
      words.push(String(settlement.items));
      break;
    case 'fail':
      words.push(JSON.stringify(settlement.error), String(settlement.nextRunAtMs));
      break;
    case 'bury':
      words.push(JSON.stringify(settlement.error));
      break;
  }
}

function verdictOf(digit: string): Verdict {
  return digit === '1' ? 'done' : 'fenced';
}

function sharedOf([active, shareable, paused]: readonly unknown[]): Omit<Renewed, 'lost'> {
  return {
    activeWorkers: numberOf(active),
    shareable: numberOf(shareable),
    isPaused: paused === '1',
  };
}

function workerOf(reply: unknown) {
  const [worker, since, lastSeen, isActive, held] = listOf(reply);
  const workerId: unknown = JSON.parse(textOf(worker));
  return {
    workerId: textOf(workerId),
    sinceMs: numberOf(since),
    lastSeenMs: numberOf(lastSeen),
    isActive: isActive === 1,
    held: numberOf(held),
  };
}

function flag(isSet: boolean): string {
  return isSet ? '1' : '0';
}
