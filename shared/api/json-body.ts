import type { z } from 'zod';
import { problemsText } from '../domain/problems-text.ts';
import { AppError } from '../kernel/errors.ts';

const BODY_BYTES_MAX = 16 * 1024;
const MESSAGE_CHARACTERS_MAX = 400;

/**
 * What a body says, by its schema; none at all is `{}`.
 * @throws AppError `invalid`: nothing that was sent is in its text but names of keys.
 */
export function jsonBody<T>(
  { body }: { readonly body: Buffer },
  schema: z.ZodType<T>,
  bytesMax = BODY_BYTES_MAX,
): T {
  if (body.length > bytesMax) {
    throw invalid(`the body is longer than ${bytesMax} bytes`, { status: 413 });
  }
  const { success, data, error } = schema.safeParse(parsed(body));
  if (success) return data;
  throw invalid(problemsText(error));
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    // The engine's own reason quotes the body.
    throw invalid('it is no JSON');
  }
}

function invalid(why: string, details = {}): AppError {
  const text = why.slice(0, MESSAGE_CHARACTERS_MAX);
  return new AppError('invalid', `解析请求失败: ${text}`, { details });
}
