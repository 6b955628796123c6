import type { LogRecord, PluginContext } from '../../agent/plugins/plugin.ts';
import type { Acceptance } from '../../agent/sink/acceptance.ts';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import type { Place } from './support/place.ts';
import type { Relay } from './support/relay.ts';

/** How the suite comes by a peer of one kind of sender. Add a rig to the table in `rigs/senders.ts`. */
export interface SenderRig {
  readonly make: (place: Place) => Promise<SenderPeer>;
  /** When its peer can be out of order; `at first`: only before it is asked for the first time. */
  readonly fails: 'at any time' | 'at first' | 'never';
  /** Its peer can have done what it was asked, and the answer be lost. */
  readonly losesAnswers: boolean;
  /** There is something that its peer will not have. */
  readonly isPicky: boolean;
}

/** The records that are sent have an `n` that tells them apart, a `message`, and a time `at`. */
export interface SenderPeer {
  readonly options: PluginOptions;
  readonly context?: Partial<PluginContext>;
  /** The `n` of each record that it has, by what it knows records by; null: it keeps none. */
  taken(): Promise<number[]> | null;
  /** How it can be out of order; absent: it never is. */
  readonly faults?: Faults;
  /** What it will not have, whatever is done; absent: it takes anything. */
  readonly bad?: LogRecord;
  /** What a runner does with what was accepted; absent: nothing is left to commit. */
  commit?(acceptance: Acceptance): Promise<void>;
  /** Lets go of what was opened since it was made; the sender is closed. */
  release?(): Promise<void>;
  dispose(): Promise<void>;
}

export interface Faults {
  /** It is away: whoever asks is told so at once. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  /** It takes what is sent, and never says anything. */
  hang(): Promise<void>;
  /** Whether somebody waits for it. */
  isWaitedFor(): boolean;
  recover(): Promise<void>;
  /** By which it does what it is asked next, and its answer is lost. */
  readonly answers?: Pick<Relay, 'loseAnswer' | 'answersLost'>;
}

/** Of a peer that is reached by way of a relay. */
export function relayFaults(relay: Relay): Faults {
  return {
    leave: () => relay.cut(),
    comeBack: () => relay.restore(),
    hang: async () => relay.silence(),
    isWaitedFor: () => relay.isWaitedFor,
    recover: async () => relay.recover(),
    answers: relay,
  };
}
