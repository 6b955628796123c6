import { z } from 'zod';
import { normalizeAgentUrl } from '../domain/agent-url.ts';
import { messageOf } from '../kernel/errors.ts';

const CHARACTERS_MAX = 4_096;
const ITEMS_MAX = 1_000;
const SECRET_CHARACTERS_MAX = 4_096;

/** Kinds of keys of the main configuration, each with its default and what it means. */
export const Text = z.string().max(CHARACTERS_MAX);

export const AgentUrl = Text.refine((url) => urlProblem(url) === null, {
  abort: true,
  error: ({ input }) => urlProblem(String(input)) ?? '',
}).overwrite(normalizeAgentUrl);

export const text = (fallback: string, description: string) =>
  Text.default(fallback).meta({ description });

export const secret = (description: string) =>
  z.string().max(SECRET_CHARACTERS_MAX).default('').meta({ description, writeOnly: true });

export const flag = (fallback: boolean, description: string) =>
  z.boolean().default(fallback).meta({ description });

export const int = (fallback: number, [min, max]: readonly [number, number], description: string) =>
  z.int().min(min).max(max).default(fallback).meta({ description });

export const items = <Item extends z.ZodType>(item: Item) => z.array(item).max(ITEMS_MAX);

export const list = (item: z.ZodString, description: string, example: readonly string[]) =>
  items(item)
    .default([])
    .meta({ description, examples: [example] });

/** Null: there is none. */
export function urlProblem(url: string): string | null {
  try {
    normalizeAgentUrl(url);
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
