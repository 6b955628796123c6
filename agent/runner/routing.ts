import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { LogRecord, Records } from '../plugins/plugin.ts';
import { fieldPath, getField } from '../records/field-path.ts';

type RouterConfig = RunnerConfig['router'];

const MATCH_TYPES: readonly string[] = ['equal', 'contains'];

/** Which sender gets which record, by a field of it; each record goes to exactly one. */
export interface Routing {
  /** The same for the same rules: what was sent by other rules was another batch. */
  readonly rules: string;
  /** The places of the records, in their order, that go to the sender of this place in the configuration. */
  placesOf(records: Records, sender: number): readonly number[];
}

/**
 * The routing that a configuration asks for; null: every sender gets every record. A field that is
 * not there, or that no route matches, leads to the default sender. Of several texts that a value
 * contains, the longest decides, and of equally long ones the first in the alphabet.
 *
 * @throws AppError `invalid`: a sender that is not there, or no type of match.
 */
export function routingOf(router: RouterConfig, senders: number): Routing | null {
  if (router.router_key_name === '') return null;
  requireRules(router, senders);
  const choose = chooser(router);
  const chosen = new WeakMap<Records, readonly (readonly number[] | undefined)[]>();
  return {
    rules: JSON.stringify([router, senders]),
    placesOf(records, sender) {
      const known = chosen.get(records) ?? placesBySender(records.objects(), choose);
      chosen.set(records, known);
      return known[sender] ?? [];
    },
  };
}

function placesBySender(records: readonly LogRecord[], choose: (record: LogRecord) => number) {
  const bySender: number[][] = [];
  records.forEach((record, place) => {
    const sender = choose(record);
    (bySender[sender] ??= []).push(place);
  });
  return bySender;
}

function chooser({
  router_key_name: key,
  router_match_type: match,
  router_default_sender: byDefault,
  router_routes: routes,
}: RouterConfig): (record: LogRecord) => number {
  if (match !== 'contains') {
    const exact = new Map(Object.entries(routes));
    return (record) => exact.get(textOf(record, key) ?? '') ?? byDefault;
  }
  const inOrder = Object.entries(routes).sort(([a], [b]) => b.length - a.length || order(a, b));
  return (record) => {
    const text = textOf(record, key);
    const route = text === null ? undefined : inOrder.find(([part]) => text.includes(part));
    return route?.[1] ?? byDefault;
  };
}

/** Null: the record has no such field. */
function textOf(record: LogRecord, key: string): string | null {
  const value = Object.hasOwn(record, key) ? record[key] : nestedValue(record, key);
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function nestedValue(record: LogRecord, key: string): unknown {
  const path = fieldPath(key);
  return path === null ? undefined : getField(record, path);
}

function requireRules(router: RouterConfig, senders: number): void {
  const { router_match_type: match, router_default_sender: byDefault, router_routes } = router;
  if (match !== '' && !MATCH_TYPES.includes(match)) {
    throw invalid(`router_match_type must be "equal" or "contains", not ${JSON.stringify(match)}`);
  }
  requireSender('router_default_sender', byDefault, senders);
  for (const [value, sender] of Object.entries(router_routes)) {
    if (value === '') throw invalid('router_routes: a route needs a value to match');
    requireSender(`router_routes: the route of ${JSON.stringify(value)}`, sender, senders);
  }
}

function requireSender(what: string, sender: number, senders: number): void {
  if (sender >= 0 && sender < senders) return;
  throw invalid(`${what} is sender ${sender}, which is not there; write 0 to ${senders - 1}`);
}

function order(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

function invalid(message: string): AppError {
  return new AppError('invalid', message);
}
