import type { ErrorKind } from '../../kernel/errors.ts';
import type {
  PartitionPlace,
  PartitionStrategy,
} from '../../stores/partitions/open-partition-store.ts';
import type { Held } from '../../stores/partitions/partition-store.ts';
import type { Beating, Standing } from './beater.ts';

/** The store, as the coordinator has opened it. */
export interface ThreadBeaterOptions {
  readonly place: PartitionPlace;
  readonly namespace: string;
  readonly strategy?: PartitionStrategy;
}

/** What a beater's thread is made with. */
export interface BeaterThreadTask extends ThreadBeaterOptions {
  readonly incarnation: string;
  readonly beating: Beating;
}

/** What it is told; each message says that the main loop is alive. */
export type ToBeater =
  /** `untilMs`: by the host's monotonic clock, which is the same in all threads. */
  | { readonly op: 'hold'; readonly held: readonly Held[]; readonly untilMs: number }
  | { readonly op: 'drop'; readonly held: readonly Held[] }
  | { readonly op: 'heard' }
  | { readonly op: 'beat' }
  | { readonly op: 'end' };

/** What it tells of a round: an error crosses as its kind and message. */
export interface RoundMessage {
  readonly lost: readonly Held[];
  readonly tookMs: number;
  readonly standing: Standing | null;
  readonly error: {
    readonly kind: ErrorKind;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  } | null;
}
