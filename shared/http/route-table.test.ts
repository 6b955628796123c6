import { describe, expect, it } from 'vitest';
import type { Route } from './route.ts';
import { allowedMethods, routeTable, rowFor } from './route-table.ts';

function row(method: Route['method'], path: string, hot = false): Route {
  return { method, path, access: 'open', failure: '', hot, answer: async () => undefined };
}

describe('routeTable', () => {
  it('tries a fixed segment before a parameter, whatever the order of the rows', () => {
    const table = routeTable([
      row('GET', '/a/:name'),
      row('GET', '/:any'),
      row('GET', '/a/fixed'),
      row('POST', '/a/:name'),
    ]);

    expect(table.map(({ path }) => path)).toEqual(['/a/fixed', '/a/:name', '/:any']);
  });

  it('refuses two rows for the same thing, and a hot row with parameters', () => {
    expect(() => routeTable([row('GET', '/a'), row('GET', '/a')])).toThrow(/same method/);
    expect(() => routeTable([row('GET', '/a/:b', true)])).toThrow(/hot route \/a\/:b/);
  });

  it('answers HEAD as GET, and says so', () => {
    const [rows] = routeTable([row('GET', '/a'), row('PUT', '/a')]);
    if (rows === undefined) throw new Error('no rows');

    expect(rowFor(rows, 'HEAD')?.method).toBe('GET');
    expect(rowFor(rows, 'DELETE')).toBeUndefined();
    expect(allowedMethods(rows)).toBe('GET, HEAD, PUT');
  });
});
