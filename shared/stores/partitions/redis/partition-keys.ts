import { AppError } from '../../../kernel/errors.ts';

/** In the order in which the scripts name them. */
const NAMES = [
  ...['state', 'rows', 'ready', 'leases', 'held', 'due', 'over'],
  ...['made-ids', 'made-spans', 'done-ids', 'done-spans'],
  ...['workers', 'alive', 'commands', 'commands-to-do', 'commands-done'],
];

/**
 * The keys of a namespace, the same ones for each script. The part in braces makes a cluster keep
 * them together.
 * @throws AppError `invalid` for a name that would hide that part.
 */
export function partitionKeys(prefix: string, namespace: string): readonly string[] {
  if (namespace === '' || /[{}]/.test(prefix + namespace)) {
    throw new AppError(
      'invalid',
      `"${prefix}:${namespace}" cannot name keys: write a namespace, and no braces`,
    );
  }
  return NAMES.map((name) => `${prefix}:{${namespace}}:${name}`);
}

/** Names the place, for all namespaces that are in it. */
export function placeKey(prefix: string): string {
  return `${prefix}:place`;
}
