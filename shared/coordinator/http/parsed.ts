import type { z } from 'zod';
import { AppError } from '../../kernel/errors.ts';

/** @throws AppError `invalid` that names what is wrong, and where. */
export function parsed<T>(schema: z.ZodType<T>, given: unknown): T {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new AppError('invalid', problems.join('; '));
}
