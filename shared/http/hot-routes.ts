import type { IncomingMessage } from 'node:http';
import type { ServedRoute } from './call-pipeline.ts';
import { isParameter } from './route-table.ts';

interface FoundRow {
  readonly row: ServedRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** A path with one parameter: what is in front of it and behind it. */
interface Pattern {
  readonly row: ServedRoute;
  readonly before: string;
  readonly name: string;
  readonly behind: string;
}

interface MethodRows {
  readonly fixed: ReadonlyMap<string, FoundRow>;
  readonly patterns: readonly Pattern[];
}

const NO_PARAMS = {};

/** The rows that are found without asking Express. */
export class HotRoutes {
  readonly #byMethod: ReadonlyMap<string, MethodRows>;

  constructor(served: readonly ServedRoute[]) {
    const hot = served.filter(({ route }) => route.hot === true);
    const byMethod = Map.groupBy(hot, ({ route }) => route.method);
    this.#byMethod = new Map([...byMethod].map(([method, rows]) => [method, methodRows(rows)]));
  }

  /** Null: it is for the router, which may have something to say about it. */
  find({ method = '', url = '' }: Pick<IncomingMessage, 'method' | 'url'>): FoundRow | null {
    const rows = this.#byMethod.get(method);
    if (rows === undefined) return null;
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const fixed = rows.fixed.get(path);
    if (fixed !== undefined) return fixed;
    for (const pattern of rows.patterns) {
      const value = valueIn(path, pattern);
      if (value !== null) return { row: pattern.row, params: { [pattern.name]: value } };
    }
    return null;
  }
}

function methodRows(rows: readonly ServedRoute[]): MethodRows {
  const patterns = rows.flatMap((row) => patternOf(row) ?? []);
  const others = rows.filter((row) => patternOf(row) === null);
  return {
    fixed: new Map(others.map((row) => [row.route.path, { row, params: NO_PARAMS }])),
    patterns,
  };
}

function patternOf(row: ServedRoute): Pattern | null {
  const segments = row.route.path.split('/');
  const at = segments.findIndex(isParameter);
  const segment = segments[at];
  if (segment === undefined) return null;
  const behind = segments.slice(at + 1).map((each) => `/${each}`);
  return {
    row,
    before: `${segments.slice(0, at).join('/')}/`,
    name: segment.slice(1),
    behind: behind.join(''),
  };
}

function valueIn(path: string, { before, behind }: Pattern): string | null {
  const end = path.length - behind.length;
  if (end <= before.length || !path.startsWith(before) || !path.endsWith(behind)) return null;
  const value = path.slice(before.length, end);
  // What is written in another way is rare, and may be malformed.
  return value.includes('/') || value.includes('%') ? null : value;
}
