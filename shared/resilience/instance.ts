/** An instance as a client sees it when it chooses one. Times are monotonic ms. */
export interface Candidate {
  readonly id: string;
  /** host:port. */
  readonly address: string;
  /** 0: it gets nothing. */
  readonly weight: number;
  /** Empty: none. */
  readonly zone: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Calls on their way. */
  readonly inFlight: number;
  /** Moving average of answers, peaks first; null: nothing is known yet. */
  readonly latencyMs: number | null;
  /** Of the traffic that is its own, 0 to 1: one that has just come back gets less. */
  readonly share: number;
}
