import { z } from 'zod';
import { AppError } from '../../../../shared/kernel/errors.ts';
import type { FoundFile } from '../../../tail/found-file.ts';

/** All that is before it is planned: files by their times and paths, and of one its beginning. */
const Mark = z.object({
  mtimeNs: z.string().regex(/^-?\d{1,20}$/),
  path: z.string(),
  offset: z.int().nonnegative(),
});
export type Mark = z.infer<typeof Mark>;

/** Null for a text that is empty: nothing is planned. @throws AppError `conflict` for any other. */
export function markOf(text: string): Mark | null {
  if (text === '') return null;
  const { success, data } = Mark.safeParse(parsed(text));
  if (success) return data;
  throw new AppError('conflict', 'the plan was made by another reader: use another partition.key');
}

/** Negative: the file is planned; 0: it is the one that the mark is in. */
export function orderOf({ path, stats }: FoundFile, mark: Mark): number {
  const at = BigInt(mark.mtimeNs);
  if (stats.mtimeNs !== at) return stats.mtimeNs < at ? -1 : 1;
  if (path === mark.path) return 0;
  return path < mark.path ? -1 : 1;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
