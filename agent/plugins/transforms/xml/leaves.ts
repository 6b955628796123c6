import { isRecord } from '../../../records/is-record.ts';

/** The innermost values, each with the name of its element or attribute. */
export function* leavesOf(value: unknown, name = ''): Iterable<readonly [string, unknown]> {
  if (Array.isArray(value)) {
    for (const element of value) yield* leavesOf(element, name);
  } else if (isRecord(value)) {
    for (const [inner, one] of Object.entries(value)) {
      yield* leavesOf(one, inner === '#text' ? name : inner);
    }
  } else {
    yield [name, value];
  }
}
