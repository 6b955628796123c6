import type { Records, Sender } from '../plugins/plugin.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import { ACCEPTED, type Acceptance } from '../sink/acceptance.ts';

/** More refused records in one batch than this mean that the sink wants something else altogether. */
const REFUSED_MAX = 100;

/** Records on their way to one sender, and what the sink knows them by. */
export interface Outgoing {
  readonly records: Records;
  readonly key: string;
}

/** A record that the sink will not have: which one of its batch, and why. */
export interface Refused {
  readonly index: number;
  readonly reason: string;
}

export interface Delivered {
  readonly acceptance: Acceptance;
  readonly refused: readonly Refused[];
}

/**
 * Sends the same records as often as it is asked to. What the sink refuses for its content is
 * halved until the records at fault stand alone; parts that were accepted are not sent again when
 * another part has to be tried again.
 */
export class Attempts {
  readonly #sender: Sender;
  readonly #outgoing: Outgoing;
  /** Parts that the sink has, and records it will not have, by the index of their first record. */
  readonly #accepted = new Map<string, Acceptance>();
  readonly #refused = new Map<number, string>();
  /** What the sink said to all of the records together. */
  #refusal: RecordsRefused | null = null;

  constructor(sender: Sender, outgoing: Outgoing) {
    this.#sender = sender;
    this.#outgoing = outgoing;
  }

  /** @throws what the sender throws, and RecordsRefused when too many records are refused. */
  async send(signal: AbortSignal, mayRefuse: boolean): Promise<Delivered> {
    const { records, key } = this.#outgoing;
    if (this.#refusal === null) {
      try {
        return { acceptance: await this.#sender.send(records, signal, { key }), refused: [] };
      } catch (thrown) {
        if (!(thrown instanceof RecordsRefused) || !mayRefuse) throw thrown;
        this.#refusal = thrown;
      }
    }
    await this.#sendHalves({ from: 0, to: records.count }, this.#refusal, signal);
    return {
      acceptance: together([...this.#accepted.values()]),
      refused: [...this.#refused].map(([index, reason]) => ({ index, reason })),
    };
  }

  /** Of a part that was refused as a whole. */
  async #sendHalves(part: Part, refusal: RecordsRefused, signal: AbortSignal): Promise<void> {
    const { from, to } = part;
    if (to - from === 1) {
      if (this.#refused.size >= REFUSED_MAX) throw tooMany(refusal);
      this.#refused.set(from, refusal.message);
      return;
    }
    const middle = Math.ceil((from + to) / 2);
    await this.#sendPart({ from, to: middle }, signal);
    await this.#sendPart({ from: middle, to }, signal);
  }

  async #sendPart(part: Part, signal: AbortSignal): Promise<void> {
    const { from, to } = part;
    const name = `${from}-${to}`;
    if (this.#accepted.has(name) || (to - from === 1 && this.#refused.has(from))) return;
    const { records, key } = this.#outgoing;
    try {
      const some = new ObjectRecords(records.objects().slice(from, to));
      const delivery = { key: `${key}.${name}` };
      this.#accepted.set(name, await this.#sender.send(some, signal, delivery));
    } catch (thrown) {
      if (!(thrown instanceof RecordsRefused)) throw thrown;
      await this.#sendHalves(part, thrown, signal);
    }
  }
}

/** Records [from, to) of a batch. */
interface Part {
  readonly from: number;
  readonly to: number;
}

function tooMany({ message, details }: RecordsRefused): RecordsRefused {
  return new RecordsRefused(
    `the sink refuses more than ${REFUSED_MAX} records of one batch, the last: ${message}`,
    details,
  );
}

function together(accepted: readonly Acceptance[]): Acceptance {
  if (accepted.length === 0) return ACCEPTED;
  return {
    positions: accepted.flatMap(({ positions }) => positions),
    committed: () => accepted.forEach((acceptance) => acceptance.committed()),
    undo: async () => {
      await Promise.allSettled(accepted.map((acceptance) => acceptance.undo()));
    },
  };
}
