/** A line on its way to an event. */
export interface LogLine {
  /** Lines of different streams are never joined; empty where there is but one. */
  readonly stream: string;
  /** The numbers of the first and the last line of the source that it is made of. */
  readonly first: number;
  readonly last: number;
  /** With its line break. */
  readonly parts: readonly Buffer[];
  readonly length: number;
  /** Whether there are line breaks inside. */
  readonly hasBreaks: boolean;
}

/** Takes the lines of a stage as they become complete. */
export type LineSink = (line: LogLine) => void;

/** A stage that joins lines: what it holds back begins with the line of this number. */
export interface JoiningStage {
  readonly pendingFirst: number;
  take(line: LogLine): void;
  /** Nothing that is held back will be continued. */
  close(): void;
}
