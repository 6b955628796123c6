import type { z } from 'zod';
import { problemsText } from '../domain/problems-text.ts';
import { type RegistryCode, RegistryError } from './registry-error.ts';

/** @throws RegistryError that says which field is wrong, and how. */
export function readAs<T extends z.ZodType>(
  schema: T,
  given: unknown,
  code: RegistryCode,
): z.output<T> {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw new RegistryError(code, problemsText(read.error));
}
