import type { z } from 'zod';
import { problemsText } from '../../domain/problems-text.ts';
import { AppError } from '../../kernel/errors.ts';

/** @throws AppError `invalid` that names what is wrong, and where. */
export function parsed<T>(schema: z.ZodType<T>, given: unknown): T {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  throw new AppError('invalid', problemsText(error));
}
