import type { Acceptance } from './acceptance.ts';

/** The files that this agent's senders append to. */
export interface SinkFiles {
  /**
   * Appends to the file at `path`, alone: the next append to the same path, by whichever runner,
   * waits until this one is committed or undone. A torn tail that a killed process left behind is
   * cut off before the first append, and kept aside.
   */
  append(path: string, bytes: Buffer, signal: AbortSignal): Promise<Acceptance>;
  close(): Promise<void>;
}
