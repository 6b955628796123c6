import type { Selector } from '../../shared/domain/selector.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { answerData, outcomeText, shortened } from './agent-answer.ts';
import type { AgentCaller, AgentRequest, CallOutcome } from './agent-caller.ts';
import { wavesOf } from './fan-out.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import type { Slaves, SlaveView } from './slaves.ts';

interface QueriesDeps {
  readonly slaves: Slaves;
  readonly caller: AgentCaller;
  /** For each agent. */
  readonly timeoutMs: number;
}

/** One agent's part of an answer; `null` data come with the error that explains them. */
interface Part {
  readonly data: JsonObject | null;
  readonly error: string;
}
interface SlaveStatus {
  readonly status: JsonObject | null;
  readonly tag: string;
  readonly error: string;
}
interface SlaveConfigs {
  readonly configs: JsonObject | null;
  readonly tag: string;
  readonly error: string;
}

const NOT_ASKED: Part = { data: {}, error: '' };
const NO_ERRORS = {
  read_errors: null,
  parse_errors: null,
  transform_errors: null,
  send_errors: null,
};

/**
 * The reads. Slaves that are not ok are not called; one that fails shows its error in its own part
 * and hides nobody else's. What agents say is relayed with every digit of its numbers.
 */
export class Queries {
  readonly #slaves: Slaves;
  readonly #caller: AgentCaller;
  readonly #timeoutMs: number;

  constructor({ slaves, caller, timeoutMs }: QueriesDeps) {
    this.#slaves = slaves;
    this.#caller = caller;
    this.#timeoutMs = timeoutMs;
  }

  /** Every slave's runners and how they do, by the slave's url. */
  async status(
    selector: Selector,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, SlaveStatus>>> {
    const request = this.#get('status', '/logkit/status');
    const parts = await this.#parts(request, selector, readStatus, signal);
    return byUrl(parts, ({ tag }, { data, error }) => ({ status: data, tag, error }));
  }

  /** Every slave's configurations by the path of their file, by the slave's url. */
  async configs(
    selector: Selector,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, SlaveConfigs>>> {
    const request = this.#get('configs', '/logkit/configs');
    const parts = await this.#parts(request, selector, readConfigs, signal);
    return byUrl(parts, ({ tag }, { data, error }) => ({ configs: data, tag, error }));
  }

  /** The names of all runners of the selected slaves, sorted; slaves that fail are left out. */
  async runners(selector: Selector, signal: AbortSignal): Promise<readonly string[]> {
    const request = this.#get('runners', '/logkit/runners');
    const urls = this.#slaves.list(selector).filter(isOk).map(urlOf);
    const names = await this.#caller.callAll(request, urls, readNames, signal);
    return [...new Set(names.flat())].sort();
  }

  /**
   * The configuration of the first slave, in the order of the list, that has it.
   *
   * @throws AppError `not_found` in the words of the last slave that has not; empty when none matches.
   */
  async config(name: string, selector: Selector, signal: AbortSignal): Promise<JsonObject> {
    const slaves = this.#slaves.list(selector);
    const request = this.#get('config', `/logkit/configs/${encodeURIComponent(name)}`);
    const read = (outcome: CallOutcome) => readConfig(outcome, request.path, selector);

    const urls = slaves.filter(isOk).map(urlOf);
    const errors = new Map<string, string>();
    for (const asked of wavesOf(urls)) {
      const answers = await this.#caller.callAll(request, asked, read, signal);
      const found = answers.find(({ data }) => data !== null)?.data;
      if (found) return found;
      asked.forEach((url, index) => errors.set(url, answers[index]?.error ?? ''));
    }

    const last = slaves.at(-1);
    const { tag, url } = selector;
    throw new AppError(
      'not_found',
      last === undefined
        ? ''
        : (errors.get(last.url) ??
            `the slaves(tag = '${tag}', url = '${url}') status is ${last.status}`),
    );
  }

  #get(operation: string, path: string): AgentRequest {
    return { operation, method: 'GET', path, timeoutMs: this.#timeoutMs };
  }

  async #parts(
    request: AgentRequest,
    selector: Selector,
    read: (outcome: CallOutcome) => Part,
    signal: AbortSignal,
  ): Promise<(readonly [SlaveView, Part])[]> {
    const slaves = this.#slaves.list(selector);
    const urls = slaves.filter(isOk).map(urlOf);
    const answers = (await this.#caller.callAll(request, urls, read, signal)).values();
    return slaves.map((slave) => {
      if (!isOk(slave)) return [slave, NOT_ASKED];
      const { value = NOT_ASKED } = answers.next();
      return [slave, value];
    });
  }
}

function isOk({ status }: SlaveView): boolean {
  return status === 'ok';
}

function urlOf({ url }: SlaveView): string {
  return url;
}

/** In the order of the urls, as the original's maps are. */
function byUrl<T>(
  parts: readonly (readonly [SlaveView, Part])[],
  show: (slave: SlaveView, part: Part) => T,
): Readonly<Record<string, T>> {
  const shown = parts.map(([slave, part]): [string, T] => [slave.url, show(slave, part)]);
  return Object.fromEntries<T>(shown.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readStatus(outcome: CallOutcome): Part {
  const { data, error } = readConfigs(outcome);
  return { data: data === null ? null : withErrorHistory(data), error };
}

/** Agents older than the history of errors answer without it. */
function withErrorHistory(status: JsonObject): JsonObject {
  const runners = Object.entries(status).map(([name, runner]): [string, unknown] => {
    const lacks = isJsonObject(runner) && runner['history_errors'] === undefined;
    return [name, lacks ? { ...runner, history_errors: NO_ERRORS } : runner];
  });
  return Object.fromEntries<unknown>(runners);
}

function readConfigs(outcome: CallOutcome): Part {
  if (!outcome.answered || outcome.status !== 200) {
    return { data: null, error: outcomeText(outcome) };
  }
  const { body } = outcome;
  const answer = answerData(body, isMapOfObjects, 'a map of objects');
  if (answer.ok) return { data: answer.data, error: '' };
  const error = `unmarshal query result error ${answer.error}, body is ${shortened(body)}`;
  return { data: null, error };
}

function readNames(outcome: CallOutcome): readonly string[] {
  if (!outcome.answered || outcome.status !== 200) return [];
  const answer = answerData(outcome.body, isNames, 'a list of names');
  return answer.ok ? (answer.data ?? []) : [];
}

/** The original's words, its stray quote and the agent's url in place of the filter's included. */
function readConfig(outcome: CallOutcome, path: string, { tag }: Selector): Part {
  const who = `get slave(tag = '${tag}'', url = '${outcome.url}${path}') config`;
  if (!outcome.answered) {
    return { data: null, error: `${who} failed resp is , error is ${outcome.error}` };
  }
  const body = shortened(outcome.body);
  if (outcome.status !== 200) {
    return { data: null, error: `${who} failed resp is ${body}, error is <nil>` };
  }
  const answer = answerData(outcome.body, isJsonObject, 'an object');
  if (answer.ok) return { data: answer.data, error: '' };
  const error = `${who} unmarshal failed, resp is ${body}, error is ${answer.error}`;
  return { data: null, error };
}

/** No data at all is `null`, which an original agent without runners may say. */
function isMapOfObjects(data: unknown): data is JsonObject | null {
  return data === null || (isJsonObject(data) && Object.values(data).every(isJsonObject));
}

function isNames(data: unknown): data is readonly string[] | null {
  if (data === null) return true;
  return Array.isArray(data) && data.every((name) => typeof name === 'string');
}
