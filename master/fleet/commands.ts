import type { Logger } from 'pino';
import type { Selector } from '../../shared/domain/selector.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { refusalText, shortened } from './agent-answer.ts';
import type { AgentCaller, AgentRequest, CallOutcome } from './agent-caller.ts';
import type { SharedStores } from './shared-stores.ts';
import type { Slaves, SlaveView } from './slaves.ts';

/** A change that is asked of agents. */
export interface Command extends Omit<AgentRequest, 'timeoutMs'> {
  /** What a person calls it: `add runner r1`. */
  readonly words: string;
  /** Whether agents that do it share work, and so need one store. */
  readonly sharesWork?: boolean;
}

/** Whom a command means, in the words of the request. */
export interface Aim {
  readonly selector: Selector;
  /** Whether a slave that is not ok stops the command, or is left out of it. */
  readonly onLost: 'refuse' | 'skip';
}

/** One agent that did not do what it was asked. */
interface Failed {
  readonly url: string;
  /** `refused`: it said no. `not_sent`: it never heard of it. `unknown`: it may have done it. */
  readonly outcome: 'refused' | 'not_sent' | 'unknown';
  readonly error: string;
}

interface CommandsDeps {
  readonly slaves: Slaves;
  readonly caller: AgentCaller;
  readonly stores: SharedStores;
  readonly log: Logger;
  /** For each agent. */
  readonly timeoutMs: number;
}

/** The writes: select, then refuse or send to all, then say who did it. */
export class Commands {
  readonly #slaves: Slaves;
  readonly #caller: AgentCaller;
  readonly #stores: SharedStores;
  readonly #log: Logger;
  readonly #timeoutMs: number;

  constructor({ slaves, caller, stores, log, timeoutMs }: CommandsDeps) {
    this.#slaves = slaves;
    this.#caller = caller;
    this.#stores = stores;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Sends a command to every selected agent. Gives the urls that were left out when the aim is to
   * skip those that are not ok, else nothing.
   *
   * @throws AppError before anything is sent: `not_found`: nobody matches; `conflict`: somebody is
   * not ok (`details.data.not_ok`), or they are to share work and have no store in common
   * (`details.data.stores`). Afterwards `unavailable`: an agent failed; `details.data` tells who did it
   * (`applied`), who did not (`failed`) and who was left out (`skipped`).
   */
  async run(
    { sharesWork = false, ...command }: Command,
    aim: Aim,
    signal: AbortSignal,
  ): Promise<{ readonly skipped: readonly string[] } | undefined> {
    const { targets, skipped } = chosen(this.#slaves.list(aim.selector), aim);
    if (sharesWork) await this.#stores.requireOne(command.words, targets, signal);
    const request = { ...command, timeoutMs: this.#timeoutMs };

    const outcomes = await this.#caller.callAll(request, targets, (o) => told(o), signal);
    requireAll(outcomes, command.words, skipped);

    const { words } = command;
    this.#log.info({ words, ...aim.selector, applied: targets.length, skipped }, 'command applied');
    return aim.onLost === 'skip' ? { skipped } : undefined;
  }
}

function chosen(
  selected: readonly SlaveView[],
  { selector, onLost }: Aim,
): { targets: string[]; skipped: string[] } {
  const who = `the slaves(tag = '${selector.tag}', url = '${selector.url}')`;
  if (selected.length === 0) throw new AppError('not_found', `${who} is not found`);

  const targets = selected.filter(({ status }) => status === 'ok').map(({ url }) => url);
  const notOk = selected.filter(({ status }) => status !== 'ok');
  if (notOk.length > 0 && (onLost === 'refuse' || targets.length === 0)) {
    const lines = notOk.map(
      ({ url, status }) => `${who} status is ${status}, options are terminated: ${url}`,
    );
    const data = { not_ok: notOk.map(({ url, status }) => ({ url, status })) };
    throw new AppError('conflict', lines.join('\n'), { details: { data } });
  }
  return { targets, skipped: notOk.map(({ url }) => url) };
}

/** What is kept of an agent's answer: nothing when it did as asked. */
interface Told {
  readonly url: string;
  readonly failure: { readonly failed: Failed; readonly resp: string; readonly err: string } | null;
}

function told(outcome: CallOutcome): Told {
  const { url } = outcome;
  if (outcome.answered) {
    if (outcome.status === 200) return { url, failure: null };
    const failed = { url, outcome: 'refused', error: shortened(refusalText(outcome)) } as const;
    return { url, failure: { failed, resp: shortened(outcome.body), err: '<nil>' } };
  }
  const { error } = outcome;
  return {
    url,
    failure: { failed: { url, outcome: outcome.outcome, error }, resp: '', err: error },
  };
}

function requireAll(all: readonly Told[], words: string, skipped: readonly string[]): void {
  const failures = all.flatMap(({ failure }) => failure ?? []);
  if (failures.length === 0) return;

  const lines = failures.map(
    ({ failed, resp, err }) =>
      `url ${failed.url} ${words} occurred an error, resp is ${resp}, err is ${err}`,
  );
  const applied = all.filter(({ failure }) => failure === null).map(({ url }) => url);
  const failed = failures.map((failure) => failure.failed);
  throw new AppError('unavailable', lines.join('\n'), {
    details: { data: { applied, failed, skipped } },
  });
}
