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

  it('refuses two rows for the same thing', () => {
    expect(() => routeTable([row('GET', '/a'), row('GET', '/a')])).toThrow(/same method/);
  });

  it('refuses a hot row that cannot be told by one parameter', () => {
    const hot = row('GET', '/a/:b/c', true);

    expect(routeTable([hot, row('GET', '/a/b/d'), row('PUT', '/a/:b')])).toHaveLength(3);
    expect(() => routeTable([row('GET', '/:a/:b', true)])).toThrow(/more than one parameter/);
    expect(() => routeTable([hot, row('GET', '/a/b/c')])).toThrow(/hides \/a\/b\/c/);
    expect(() => routeTable([hot, row('PUT', '/a/:other/c')])).toThrow(/hides/);
  });

  it('answers HEAD as GET, and says so', () => {
    const [rows] = routeTable([row('GET', '/a'), row('PUT', '/a')]);
    if (rows === undefined) throw new Error('no rows');

    expect(rowFor(rows, 'HEAD')?.method).toBe('GET');
    expect(rowFor(rows, 'DELETE')).toBeUndefined();
    expect(allowedMethods(rows)).toBe('GET, HEAD, PUT');
  });
});
