import { z } from 'zod';
import type { Selector } from '../../shared/domain/selector.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { answerData, isUnaware, outcomeText } from './agent-answer.ts';
import type { AgentCaller, AgentRequest, CallOutcome } from './agent-caller.ts';
import { wavesOf } from './fan-out.ts';
import type { Slaves } from './slaves.ts';

/** So many agents may fail to answer before the caller hears of it. */
const TRIES_MAX = 3;
const SHOWN_ERRORS_MAX = 20;
const PATH = '/logkit/partitions';
const CONFLICT = 409;
const UNAVAILABLE = 503;

const Works = z.array(z.looseObject({ key: z.string() }));

interface SharedWorkDeps {
  readonly slaves: Slaves;
  readonly caller: AgentCaller;
  /** For each agent that is asked. */
  readonly readTimeoutMs: number;
  /** For each agent that is told. */
  readonly writeTimeoutMs: number;
}

/** What is asked of the agents that share the work of a key: any of them may answer. */
export interface WorkCall extends Pick<AgentRequest, 'method'> {
  readonly key: string;
  /** Below the work, with the query: `/api/v1/stats`. */
  readonly path: string;
  readonly body: Buffer;
  /** Whether a second agent may be asked when a first one may have done it. */
  readonly isRepeatable: boolean;
  /** Whether only one of them can do it, and the others say so with 409. */
  readonly isForLeader: boolean;
}

type Answered = Extract<CallOutcome, { answered: true }>;

/** What an agent says of the work it shares. */
interface Told {
  readonly url: string;
  readonly keys: readonly string[];
  /** '': none. */
  readonly error: string;
}

/** The work that agents share, as its master sees it. */
export class SharedWork {
  readonly #deps: SharedWorkDeps;

  constructor(deps: SharedWorkDeps) {
    this.#deps = deps;
  }

  /** Who shares in which work, by its key, and who could not be asked. */
  async keys(selector: Selector, signal: AbortSignal) {
    const told = await this.#ask(this.#urls(selector), signal);
    const pairs = told.flatMap(({ url, keys }) => keys.map((key) => ({ key, url })));
    const byKey = [...Map.groupBy(pairs, ({ key }) => key)].sort(([a], [b]) => (a < b ? -1 : 1));
    const failed = told.filter(({ error }) => error !== '');
    return {
      keys: Object.fromEntries(byKey.map(([key, all]) => [key, all.map(({ url }) => url)])),
      errors: Object.fromEntries(failed.map(({ url, error }) => [url, error])),
    };
  }

  /**
   * The answer of the first agent that gives one and can reach the store.
   * @throws AppError `not_found`: none shares in that work; `unavailable`: none has answered.
   */
  async forward(call: WorkCall, selector: Selector, signal: AbortSignal): Promise<Answered> {
    const errors: string[] = [];
    let refused: Answered | null = null;
    let tries = 0;
    for await (const { url, error } of this.#holders(call.key, selector, signal)) {
      if (error !== '') {
        errors.push(`${url}: ${error}`);
        continue;
      }
      const outcome = await this.#pass(call, url, signal);
      const next = nextAfter(outcome, call);
      if (outcome.answered) {
        if (next === 'none') return outcome;
        refused = outcome;
      } else {
        errors.push(`${url}: ${outcome.error}`);
      }
      if (next === 'none') break;
      if (next === 'try') tries += 1;
      if (tries === TRIES_MAX) break;
    }
    return refused ?? none(call.key, errors);
  }

  /** Those that share in the work, and those that could not be asked, as far as they are looked at. */
  async *#holders(key: string, selector: Selector, signal: AbortSignal): AsyncGenerator<Told> {
    for (const urls of wavesOf(this.#urls(selector))) {
      const told = await this.#ask(urls, signal);
      yield* told.filter(({ keys, error }) => error !== '' || keys.includes(key));
    }
  }

  #urls(selector: Selector): readonly string[] {
    const slaves = this.#deps.slaves.list(selector);
    return slaves.filter(({ status }) => status === 'ok').map(({ url }) => url);
  }

  #ask(urls: readonly string[], signal: AbortSignal): Promise<Told[]> {
    const { caller, readTimeoutMs: timeoutMs } = this.#deps;
    const request = { operation: 'partitions', method: 'GET', path: PATH, timeoutMs } as const;
    return caller.callAll(request, urls, toldBy, signal);
  }

  async #pass(
    { key, path, method, body }: WorkCall,
    url: string,
    signal: AbortSignal,
  ): Promise<CallOutcome> {
    const { caller, readTimeoutMs, writeTimeoutMs } = this.#deps;
    const request = {
      ...{ operation: 'partition_api', method, body },
      path: `${PATH}/${encodeURIComponent(key)}${path}`,
      timeoutMs: method === 'GET' ? readTimeoutMs : writeTimeoutMs,
    };
    const [outcome] = await caller.callAll(request, [url], (told) => told, signal);
    return outcome ?? { url, answered: false, outcome: 'not_sent', error: 'not asked' };
  }
}

/** Whether another agent is asked: at no cost, as one of few tries, or not at all. */
function nextAfter(outcome: CallOutcome, call: WorkCall): 'free' | 'try' | 'none' {
  if (!outcome.answered) {
    return outcome.outcome === 'not_sent' || call.isRepeatable ? 'try' : 'none';
  }
  if (call.isForLeader && outcome.status === CONFLICT) return 'free';
  // Its store did not answer it, or not in time.
  return outcome.status === UNAVAILABLE && call.isRepeatable ? 'try' : 'none';
}

function toldBy(outcome: CallOutcome): Told {
  const { url } = outcome;
  if (!outcome.answered || outcome.status !== 200) {
    // One that knows of no shared work has none.
    return { url, keys: [], error: isUnaware(outcome) ? '' : outcomeText(outcome).trim() };
  }
  const answer = answerData(outcome.body, areWorks, 'a list of shared work');
  if (!answer.ok) return { url, keys: [], error: answer.error };
  return { url, keys: answer.data.map(({ key }) => key), error: '' };
}

function areWorks(data: unknown): data is z.infer<typeof Works> {
  return Works.safeParse(data).success;
}

function none(key: string, errors: readonly string[]): never {
  const work = `the shared work ${JSON.stringify(key)}`;
  if (errors.length === 0) {
    throw new AppError('not_found', `none of the selected agents that are ok has ${work}`);
  }
  const shown = errors.slice(0, SHOWN_ERRORS_MAX).join('\n');
  throw new AppError('unavailable', `no agent has answered for ${work}:\n${shown}`);
}
