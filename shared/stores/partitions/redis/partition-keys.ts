import { AppError } from '../../../kernel/errors.ts';

/** In the order in which the scripts name them. */
export const PARTITION_KEYS = [
  ...['state', 'rows', 'ready', 'leases', 'held', 'due', 'over'],
  ...['made-ids', 'made-spans', 'done-ids', 'done-spans'],
  ...['workers', 'alive', 'commands', 'commands-to-do', 'commands-done'],
];

/**
 * Keys of a namespace. The part in braces makes a cluster keep them together.
 * @throws AppError `invalid` for a name that would hide that part.
 */
export function namespaceKeys(
  prefix: string,
  namespace: string,
  names: readonly string[],
): readonly string[] {
  if (namespace === '' || /[{}]/.test(prefix + namespace)) {
    throw new AppError(
      'invalid',
      `"${prefix}:${namespace}" cannot name keys: write a namespace, and no braces`,
    );
  }
  return names.map((name) => `${prefix}:{${namespace}}:${name}`);
}

/** Names the place, for all namespaces that are in it. */
export function placeKey(prefix: string): string {
  return `${prefix}:place`;
}
