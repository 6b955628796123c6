/** What the cleaner has done for a runner since the agent was started. */
export interface CleanedFiles {
  files: number;
  bytes: number;
  /** The path that was deleted last; empty: none was. */
  lastPath: string;
  /** Why files that are to be deleted are still there; empty: they are not. */
  trouble: string;
}

export function nothingCleaned(): CleanedFiles {
  return { files: 0, bytes: 0, lastPath: '', trouble: '' };
}
