import type { Route } from './route.ts';

/** All rows of one path. */
export interface PathRows {
  readonly path: string;
  readonly rows: readonly Route[];
}

/**
 * Groups rows by path, in the order in which a router must try them: where two paths match the same
 * request, the one with a fixed segment goes before the one with a parameter.
 *
 * @throws Error when two rows have the same method and path, or a hot one has more than one
 * parameter, or one that another path has a fixed word for.
 */
export function routeTable(routes: readonly Route[]): PathRows[] {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const table = [...byPath].map(([path, rows]) => ({ path, rows }));
  for (const { path, rows } of table) checkRows(path, rows);
  for (const { path, rows } of table)
    if (rows.some(({ hot }) => hot === true)) checkHot(path, table);
  return table.sort((a, b) => comparePaths(a.path, b.path));
}

/** The row for a method: a HEAD is answered as the GET it stands for. */
export function rowFor({ rows }: PathRows, method: string): Route | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  return rows.find((row) => row.method === wanted);
}

/** The value of an `Allow` header. */
export function allowedMethods({ rows }: PathRows): string {
  return rows.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
}

function checkRows(path: string, rows: readonly Route[]): void {
  if (new Set(rows.map(({ method }) => method)).size < rows.length) {
    throw new Error(`two routes have the same method and the path ${path}`);
  }
}

/** It is found without asking the router, which would prefer the fixed word. */
function checkHot(path: string, table: readonly PathRows[]): void {
  const segments = path.split('/');
  if (segments.filter(isParameter).length > 1) {
    throw new Error(`the hot route ${path} has more than one parameter`);
  }
  const isBefore = (other: string) => {
    const theirs = other.split('/');
    return (
      other !== path &&
      theirs.length === segments.length &&
      segments.every((segment, at) => segment === theirs[at] || isParameter(segment))
    );
  };
  const other = table.find((each) => isBefore(each.path));
  if (other !== undefined) throw new Error(`the hot route ${path} hides ${other.path}`);
}

function comparePaths(a: string, b: string): number {
  const [ours, theirs] = [a.split('/'), b.split('/')];
  const at = ours.findIndex(
    (segment, index) => isParameter(segment) !== isParameter(theirs[index]),
  );
  return at === -1 ? 0 : Number(isParameter(ours[at])) - Number(isParameter(theirs[at]));
}

export function isParameter(segment: string | undefined): boolean {
  return segment?.startsWith(':') ?? false;
}
