import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import { answerData, isUnaware, outcomeText } from './agent-answer.ts';
import type { AgentCaller, CallOutcome } from './agent-caller.ts';

/** More agents of one store are counted, not named; the data of the answer have them all. */
const NAMED_MAX = 20;

const Store = z.object({ type: z.string(), id: z.string() });
const Answer = z.object({ store: Store.nullable() });

interface SharedStoresDeps {
  readonly caller: AgentCaller;
  /** For each agent. */
  readonly timeoutMs: number;
}

/** What an agent says of the store that it shares work in; without one, why. */
interface Told {
  readonly url: string;
  readonly store: z.infer<typeof Store> | null;
  readonly error: string;
}

/** Holds agents that are to share work to one store: in two, each would do all of the work. */
export class SharedStores {
  readonly #deps: SharedStoresDeps;

  constructor(deps: SharedStoresDeps) {
    this.#deps = deps;
  }

  /**
   * @throws AppError `conflict` that tells who has which store, in `details.data.stores` too, unless
   * all have the same one.
   */
  async requireOne(words: string, urls: readonly string[], signal: AbortSignal): Promise<void> {
    const { caller, timeoutMs } = this.#deps;
    const path = '/logkit/partitions/store';
    const request = { operation: 'store', method: 'GET', path, timeoutMs } as const;
    const told = await caller.callAll(request, urls, toldBy, signal);

    const groups = Map.groupBy(told, groupOf);
    if (groups.size === 1 && told.every(({ store }) => store !== null)) return;
    const lines = [...groups].map(([group, members]) => `${group}: ${namesOf(members)}`);
    const message =
      `${words} is refused: agents that share work need one store, and these do not have one in common; ` +
      'set store.type and store.url of their main configurations to the same Redis or etcd, ' +
      `or select agents that have the same store\n${lines.join('\n')}`;
    throw new AppError('conflict', message, { details: { data: { stores: told } } });
  }
}

function groupOf({ store, error }: Told): string {
  return store === null ? error : `store ${store.type} ${store.id}`;
}

function namesOf(members: readonly Told[]): string {
  const named = members.slice(0, NAMED_MAX).map(({ url }) => url);
  const others = members.length - named.length;
  return named.join(', ') + (others === 0 ? '' : ` and ${others} more`);
}

function toldBy(outcome: CallOutcome): Told {
  const { url } = outcome;
  const without = (error: string): Told => ({ url, store: null, error });
  if (!outcome.answered || outcome.status !== 200) {
    return without(
      isUnaware(outcome) ? 'cannot share work' : `store not known, ${outcomeText(outcome).trim()}`,
    );
  }
  const answer = answerData(outcome.body, isAnswer, '{store}');
  if (!answer.ok) return without('cannot share work');
  const { store } = answer.data;
  return store === null ? without('store is not set') : { url, store, error: '' };
}

function isAnswer(data: unknown): data is z.infer<typeof Answer> {
  return Answer.safeParse(data).success;
}
