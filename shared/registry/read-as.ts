import type { z } from 'zod';
import { type RegistryCode, RegistryError } from './registry-error.ts';

/** @throws RegistryError that says which field is wrong, and how. */
export function readAs<T extends z.ZodType>(
  schema: T,
  given: unknown,
  code: RegistryCode,
): z.output<T> {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const said = read.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new RegistryError(code, said.join('; '));
}
