import type { AppError } from '../../kernel/errors.ts';
import type { Held, Renewed } from '../../stores/partitions/partition-store.ts';

/** How a worker's signs of life are given. */
export interface Beating {
  readonly workerId: string;
  /** Of the partitions. */
  readonly leaseMs: number;
  /** Of the worker itself. */
  readonly presenceMs: number;
  readonly everyMs: number;
  /** Nothing is renewed any more when the main loop has not answered for so long. */
  readonly silenceMsMax: number;
}

/** What came of one renewal. */
export type Round = {
  /** Taken by others, not renewed in time, or given up: not this worker's any more. */
  readonly lost: readonly Held[];
  readonly tookMs: number;
} & ({ readonly standing: Standing } | { readonly error: AppError });

/** How things stand in the namespace. */
export type Standing = Omit<Renewed, 'lost'>;

export interface Listening {
  /** The data that the store must have. */
  readonly incarnation: string;
  readonly onRound: (round: Round) => void;
}

/** Gives the signs of life of a worker and of all that it holds, by one renewal again and again. */
export interface Beater {
  /** After an end it may begin again, holding nothing. */
  begin(listening: Listening): void;
  /** `untilMs`: when the leases are over, by this process's monotonic clock. */
  hold(held: readonly Held[], untilMs: number): void;
  /** It is settled: nothing is lost when it is not renewed any more. */
  drop(held: Held): void;
  /** Renews now; resolves when `onRound` was told, and never rejects. */
  beat(): Promise<void>;
  /** Resolves when nothing more will be renewed. */
  end(): Promise<void>;
}

export type BeaterMaker = (beating: Beating) => Beater;
