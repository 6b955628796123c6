import type { Acceptance } from './acceptance.ts';
import type { Rotation } from './rotation.ts';

export interface AppendOptions {
  readonly signal: AbortSignal;
  /** The bytes are to be on the disk, and not only with the system, when it resolves. */
  readonly isSynced: boolean;
  /** When a new file is begun, in the place of the one there is; absent: never. */
  readonly rotation?: Rotation;
}

/** The files that this agent's senders append to. */
export interface SinkFiles {
  /**
   * Appends to the file at `path`, alone: the next append to the same path, by whichever runner,
   * waits until this one is committed or undone. A torn tail that a killed process left behind is
   * cut off before the first append, and kept aside.
   */
  append(path: string, bytes: Buffer, options: AppendOptions): Promise<Acceptance>;
  close(): Promise<void>;
}
