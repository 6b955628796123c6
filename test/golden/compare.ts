/** Times, speeds and what follows from them: no two runs agree on these. */
const VOLATILE: ReadonlySet<string> = new Set([
  ...['last_touch', 'timestamp', 'createtime', 'elaspedtime', 'version'],
  ...['speed', 'trend', 'readspeed', 'readspeed_kb', 'readspeedtrend', 'readspeedtrend_kb'],
]);

/**
 * Where our answer parts from the recorded one: a path and both values a difference. Ours may have
 * fields that the recorded one lacks, never the other way round, and never another value.
 */
export function differences(recorded: unknown, ours: unknown, path = '$'): string[] {
  if (Array.isArray(recorded)) return listDifferences(recorded, ours, path);
  if (isObject(recorded) && isObject(ours)) {
    return Object.entries(recorded)
      .filter(([key]) => !VOLATILE.has(key))
      .flatMap(([key, value]) => differences(value, ours[key], `${path}.${key}`));
  }
  return isSameValue(recorded, ours) ? [] : [told(path, recorded, ours)];
}

function listDifferences(recorded: readonly unknown[], ours: unknown, path: string): string[] {
  if (!Array.isArray(ours) || ours.length !== recorded.length) return [told(path, recorded, ours)];
  const b = inOneOrder(ours);
  return inOneOrder(recorded).flatMap((value, i) => differences(value, b[i], `${path}[${i}]`));
}

/** Names come in no order, agents in that of their heartbeats: neither is a difference. */
function inOneOrder(list: readonly unknown[]): readonly unknown[] {
  const keys = list.map((item) => (isObject(item) ? item['url'] : item));
  if (!keys.every((key) => typeof key === 'string')) return list;
  return keys
    .map((key, i) => [key, list[i]] as const)
    .toSorted(byKey)
    .map(([, item]) => item);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Number(a > b) - Number(a < b);
}

function isSameValue(recorded: unknown, ours: unknown): boolean {
  if (typeof recorded !== 'string' || typeof ours !== 'string') return Object.is(recorded, ours);
  return sortedLines(recorded) === sortedLines(ours);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/**
 * The original names agents in the order in which they answered. An agent's answer that is quoted in
 * a message has our additional `error` field.
 */
function sortedLines(text: string): string {
  const quoted = text.replaceAll(/,"error":"[^"]*"(?=\})/g, '');
  return quoted.split('\n').toSorted().join('\n');
}

function told(path: string, recorded: unknown, ours: unknown): string {
  return `${path}: recorded ${JSON.stringify(recorded)}, ours ${JSON.stringify(ours)}`;
}
