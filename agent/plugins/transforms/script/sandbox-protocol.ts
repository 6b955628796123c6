import { MessagePort } from 'node:worker_threads';

/** What a sandbox is made with. */
export interface SandboxData {
  readonly source: string;
  readonly memoryBytes: number;
  /** One 32-bit number: 1 once it is ready, and 1 more with each answer; who waits for that is woken. */
  readonly answered: SharedArrayBuffer;
  /** Tasks come in here, outcomes go out. */
  readonly port: MessagePort;
}

/** Some records, as JSON texts. */
export interface SandboxTask {
  readonly records: readonly string[];
  /** What the function may take for one of them, and for all together. */
  readonly recordMs: number;
  readonly allMs: number;
}

/** What became of a record: the JSON text of what the function returned, or why there is none. */
export interface SandboxOutcome {
  readonly text: string;
  readonly error: string;
  /** The function did not come to its end. */
  readonly isCutOff: boolean;
}

export function isSandboxData(given: unknown): given is SandboxData {
  return (
    typeof given === 'object' &&
    given !== null &&
    'port' in given &&
    given.port instanceof MessagePort
  );
}
