import type { Json } from '../support/fleet-process.ts';

/** Times, speeds and what follows from them: no two runs agree on these. */
const VOLATILE: ReadonlySet<string> = new Set([
  ...['last_touch', 'createtime', 'elaspedtime', 'version'],
  ...['speed', 'trend', 'readspeed', 'readspeed_kb', 'readspeedtrend', 'readspeedtrend_kb'],
]);

/**
 * Where our answer parts from the recorded one: a path and both values a difference. Ours may have
 * fields that the recorded one lacks, never the other way round, and never another value.
 */
export function differences(recorded: Json, ours: Json, path = '$'): string[] {
  if (typeof recorded === 'string' && typeof ours === 'string') {
    return sortedLines(recorded) === sortedLines(ours) ? [] : [told(path, recorded, ours)];
  }
  if (Array.isArray(recorded)) {
    if (!Array.isArray(ours) || ours.length !== recorded.length) {
      return [told(path, recorded, ours)];
    }
    const isNames = recorded.every((name) => typeof name === 'string');
    const [a, b] = isNames ? [recorded.toSorted(), ours.toSorted()] : [recorded, ours];
    return a.flatMap((value, i) => differences(value, b[i], `${path}[${i}]`));
  }
  if (typeof recorded === 'object' && recorded !== null) {
    if (typeof ours !== 'object' || ours === null) return [told(path, recorded, ours)];
    return Object.keys(recorded)
      .filter((key) => !VOLATILE.has(key))
      .flatMap((key) => differences(recorded[key], ours[key], `${path}.${key}`));
  }
  return Object.is(recorded, ours) ? [] : [told(path, recorded, ours)];
}

/**
 * The original names agents in the order in which they answered. An agent's answer that is quoted in
 * a message has our additional `error` field.
 */
function sortedLines(text: string): string {
  const quoted = text.replaceAll(/,"error":"[^"]*"(?=\})/g, '');
  return quoted.split('\n').toSorted().join('\n');
}

function told(path: string, recorded: Json, ours: Json): string {
  return `${path}: recorded ${JSON.stringify(recorded)}, ours ${JSON.stringify(ours)}`;
}
