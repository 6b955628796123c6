import { z } from 'zod';
import { AppError } from '../../kernel/errors.ts';
import { JsonFile } from '../json-file.ts';

/** Remembers which data a process has worked on, longer than it lives. */
export interface IncarnationMemory {
  /** Null: none yet. */
  last(): Promise<string | null>;
  keep(incarnation: string): Promise<void>;
}

const Kept = z.object({ incarnation: z.string().min(1) });

/** In a file of its own for each namespace; its folder must exist. */
export function incarnationFile(path: string): IncarnationMemory {
  const file = new JsonFile(path);
  return {
    last: async () => {
      const value = await file.read();
      if (value === null) return null;
      const { success, data } = Kept.safeParse(value);
      if (success) return data.incarnation;
      throw new AppError(
        'invalid',
        `${path} does not say which data were worked on: remove it when those that are there are right`,
      );
    },
    keep: (incarnation) => file.write({ incarnation }),
  };
}
