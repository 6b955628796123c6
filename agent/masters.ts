import { aborted } from '../shared/kernel/aborted.ts';

/** To whom an agent sends its heartbeats. */
export interface Masters {
  /** Normalised, as they are now. */
  readonly urls: readonly string[];
  /** Resolves at the next change, or when `signal` aborts. */
  changed(signal: AbortSignal): Promise<void>;
}

export function fixedMasters(urls: readonly string[]): Masters {
  return {
    urls,
    changed: aborted,
  };
}
