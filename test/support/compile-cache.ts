import { join } from 'node:path';

/** Where Node keeps what it has compiled of the program, for the many processes that tests start. */
export const COMPILE_CACHE = join(
  import.meta.dirname,
  ...['..', '..', 'node_modules', '.cache', 'compiled'],
);
