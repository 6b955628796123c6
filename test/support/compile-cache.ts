import { join } from 'node:path';

/** Where Node keeps what it has compiled of the program, for the many processes that tests start. */
export const COMPILE_CACHE = join(
  import.meta.dirname,
  ...['..', '..', 'node_modules', '.cache', 'compiled'],
);

/** Processes that this one starts find what they load compiled, unless somebody has said where else. */
export function keepCompiled(): void {
  process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;
}
