import { describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { LogRecord } from '../plugins/plugin.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { routingOf } from './routing.ts';

const SENDERS = 3;

function routing(rules: Record<string, unknown>) {
  const router = { router_key_name: 'level', ...rules };
  return routingOf(RunnerConfig.parse({ router }).router, SENDERS);
}

/** For each record the senders that get it. */
function sendersOf(rules: Record<string, unknown>, records: LogRecord[]): number[][] {
  const found = routing(rules);
  const all = new ObjectRecords(records);
  return records.map((_, place) =>
    [0, 1, 2].filter((sender) => found?.placesOf(all, sender).includes(place)),
  );
}

describe('routingOf', () => {
  it('sends every record to exactly one sender, by equal values', () => {
    const values = ['error', 'warn', 'errors', 500, null, undefined, { a: 1 }];
    const rules = { router_default_sender: 1, router_routes: { error: 0, 500: 2, '{"a":1}': 2 } };

    expect(
      sendersOf(
        rules,
        values.map((level) => ({ level })),
      ),
    ).toEqual([0, 1, 1, 2, 1, 1, 2].map((sender) => [sender]));
  });

  it('lets the longest text decide of those that a value contains', () => {
    const router_routes = { err: 0, 'b-error': 1, 'a-error': 2 };
    const rules = { router_match_type: 'contains', router_routes };
    const values = ['an err', 'a-error b-error', 'b-error', 'fine'];

    expect(
      sendersOf(
        rules,
        values.map((level) => ({ level })),
      ),
    ).toEqual([[0], [2], [1], [0]]);
  });

  it('finds a field that is nested, or has a name with dots', () => {
    const rules = { router_key_name: 'a.b', router_routes: { x: 2 } };
    const records = [{ a: { b: 'x' } }, { 'a.b': 'x' }, { a: 'x' }, {}];

    expect(sendersOf(rules, records)).toEqual([[2], [2], [0], [0]]);
  });

  it('is none without the name of a field', () => {
    expect(routing({ router_key_name: '', router_default_sender: 9 })).toBeNull();
  });

  it.each([
    { rules: { router_match_type: 'regex' }, why: 'router_match_type must be "equal" or' },
    { rules: { router_default_sender: 3 }, why: 'router_default_sender is sender 3, which is not' },
    { rules: { router_default_sender: -1 }, why: 'write 0 to 2' },
    { rules: { router_routes: { x: 7 } }, why: 'the route of "x" is sender 7' },
    { rules: { router_routes: { '': 0 } }, why: 'a route needs a value' },
  ])('refuses $rules', ({ rules, why }) => {
    expect(() => routing(rules)).toThrow(why);
  });
});
