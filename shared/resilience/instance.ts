/** An instance as discovery knows it. */
export interface Endpoint {
  readonly id: string;
  /** host:port. */
  readonly address: string;
  /** 0: it gets nothing. */
  readonly weight: number;
  /** Empty: none. */
  readonly zone: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An instance as a client sees it when it chooses one. Times are monotonic ms. */
export interface Candidate {
  readonly id: string;
  /** Above 0: whoever has none is no candidate. */
  readonly weight: number;
  readonly zone: string;
  /** Its place among all that there are; candidates are in its order. */
  readonly ordinal: number;
  /** A hash of the ID. */
  readonly hash: number;
  /** Calls on their way. */
  readonly inFlight: number;
  /** Moving average of answers, peaks first, as it was at that time; null: nothing is known yet. */
  readonly latencyMs: number | null;
  readonly latencyAtMs: number;
}
