import { z } from 'zod';

const NAME_BYTES_MAX = 128;
const ALLOWED = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N} ._@+-]*$/u;

/**
 * A runner's name is the name of a file (`<name>.conf`), a part of URLs and a metric label, so it
 * is letters and digits of any script, blanks and `. _ @ + -`. No path can be formed from it.
 */
export const RunnerName = z
  .string()
  .refine((name) => new TextEncoder().encode(name).length <= NAME_BYTES_MAX, {
    error: `runner name is longer than ${NAME_BYTES_MAX} bytes`,
  })
  .refine((name) => ALLOWED.test(name) && !/[ .]$/.test(name), {
    error: ({ input }) =>
      `runner name ${JSON.stringify(input)} is not allowed: use letters, digits, blanks and . _ @ + -, ` +
      'starting with a letter, a digit or _, not ending in a blank or a dot',
  });
