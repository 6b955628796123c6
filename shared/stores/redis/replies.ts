import { AppError } from '../../kernel/errors.ts';

/** Answers of scripts; what is another one than it should be is an error of this program. */
export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(reply);
}

export function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  throw unexpected(reply);
}

export function textsOf(reply: unknown): readonly string[] {
  return listOf(reply).map(textOf);
}

export function numberOf(reply: unknown): number {
  const number = typeof reply === 'string' && reply !== '' ? Number(reply) : reply;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  throw unexpected(reply);
}

export function numbersOf(reply: unknown): readonly number[] {
  return listOf(reply).map(numberOf);
}

function unexpected(reply: unknown): AppError {
  return new AppError('internal', `Redis answered a store ${JSON.stringify(reply)}`);
}
