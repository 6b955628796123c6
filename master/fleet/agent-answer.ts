import { parseJson } from '../../shared/api/json-numbers.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import type { CallOutcome } from './agent-caller.ts';
import { isJsonObject } from './json-object.ts';

/** Deeper data than any agent has: writing it out again would exhaust the stack. */
const DEPTH_MAX = 64;
/** An agent's words are shown up to this length, so that ten thousand of them make one answer. */
const SHOWN_CHARS_MAX = 2_048;
const UNAWARE_STATUSES: readonly number[] = [404, 405];

/** The `data` of an answer with status 200, or what is wrong with it. */
export type AnswerData<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: string };

/** Reads `{"code", "data"}`; `check` says what is wrong with the data, or null when it is right. */
export function answerData<T>(
  body: string,
  check: (data: unknown) => data is T,
  expected: string,
): AnswerData<T> {
  try {
    const answer = parseJson(body);
    if (!isJsonObject(answer)) return { ok: false, error: 'the answer is no JSON object' };
    const data = answer['data'] ?? null;
    if (!check(data)) return { ok: false, error: `data is not ${expected}` };
    if (isDeeper(data, DEPTH_MAX)) return { ok: false, error: 'data is nested too deep' };
    return { ok: true, data };
  } catch (thrown) {
    return { ok: false, error: messageOf(thrown) };
  }
}

/** An agent's own words for its refusal, or its whole answer when it uses another envelope. */
export function refusalText({ body }: Extract<CallOutcome, { answered: true }>): string {
  try {
    const answer: unknown = JSON.parse(body);
    if (isJsonObject(answer) && typeof answer['message'] === 'string') return answer['message'];
  } catch {
    // Whatever it is, it is shown as it came.
  }
  return body;
}

/** The text of a call without a usable answer, as the original shows it: body, blank, error. */
export function outcomeText(outcome: CallOutcome): string {
  return outcome.answered ? `${shortened(outcome.body)} <nil>` : ` ${outcome.error}`;
}

/** Whether an agent has no such route: it is a Go agent, or older than the route. */
export function isUnaware(outcome: CallOutcome): boolean {
  return outcome.answered && UNAWARE_STATUSES.includes(outcome.status);
}

export function shortened(text: string): string {
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}...`;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
