import type { Records, Sender } from '../plugins/plugin.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import { ACCEPTED, type Acceptance, type Refused, type RefusedSome } from '../sink/acceptance.ts';

/** More refused records in one batch than this mean that the sink wants something else altogether. */
const REFUSED_MAX = 100;

/** Records on their way to one sender, and what the sink knows them by. */
export interface Outgoing {
  readonly records: Records;
  readonly key: string;
  /** Throws why they may not be sent yet, where there is a reason. */
  readonly admit?: () => void;
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

  /**
   * @throws what the sender and `admit` throw, and RecordsRefused when too many records are refused.
   */
  async send(signal: AbortSignal, mayRefuse: boolean): Promise<Delivered> {
    const { records, key, admit } = this.#outgoing;
    admit?.();
    if (this.#refusal === null) {
      const answer = await this.#ask(records, key, signal);
      if (!(answer instanceof RecordsRefused)) return ofWhole(answer, mayRefuse);
      if (!mayRefuse) throw answer;
      this.#refusal = answer;
    }
    await this.#sendHalves({ from: 0, to: records.count }, this.#refusal, signal);
    return {
      acceptance: together([...this.#accepted.values()]),
      refused: [...this.#refused].map(([index, reason]) => ({ index, reason })),
    };
  }

  /** A refusal of the records is an answer. */
  async #ask(
    records: Records,
    key: string,
    signal: AbortSignal,
  ): Promise<Acceptance | RecordsRefused> {
    try {
      return await this.#sender.send(records, signal, { key });
    } catch (thrown) {
      if (thrown instanceof RecordsRefused) return thrown;
      throw thrown;
    }
  }

  /** Of a part that was refused as a whole. */
  async #sendHalves(part: Part, refusal: RecordsRefused, signal: AbortSignal): Promise<void> {
    const { from, to } = part;
    if (to - from === 1) {
      this.#refuse({ index: from, reason: refusal.message });
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
    const some = new ObjectRecords(records.objects().slice(from, to));
    const answer = await this.#ask(some, `${key}.${name}`, signal);
    if (answer instanceof RecordsRefused) {
      await this.#sendHalves(part, answer, signal);
      return;
    }
    this.#accepted.set(name, answer);
    for (const { index, reason } of answer.refused ?? []) {
      this.#refuse({ index: from + index, reason });
    }
  }

  #refuse({ index, reason }: Refused): void {
    if (this.#refused.size >= REFUSED_MAX) throw tooMany(reason);
    this.#refused.set(index, reason);
  }
}

/** Records [from, to) of a batch. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/** Of an acceptance of all records together. */
async function ofWhole(acceptance: Acceptance, mayRefuse: boolean): Promise<Delivered> {
  const { refused = [] } = acceptance;
  const [first] = refused;
  if (first === undefined) return { acceptance, refused };
  if (mayRefuse && refused.length <= REFUSED_MAX) return { acceptance, refused };
  await acceptance.undo();
  throw mayRefuse ? tooMany(first.reason) : new RecordsRefused(first.reason);
}

function tooMany(reason: string): RecordsRefused {
  return new RecordsRefused(
    `the sink refuses more than ${REFUSED_MAX} records of one batch, the last: ${reason}`,
  );
}

function together(accepted: readonly Acceptance[]): Acceptance {
  if (accepted.length === 0) return ACCEPTED;
  const refusedSome = accepted.flatMap((acceptance) => acceptance.refusedSome ?? []);
  return {
    ...(refusedSome.length > 0 && { refusedSome: sumOf(refusedSome) }),
    positions: accepted.flatMap(({ positions }) => positions),
    committed: () => accepted.forEach((acceptance) => acceptance.committed()),
    undo: async () => {
      await Promise.allSettled(accepted.map((acceptance) => acceptance.undo()));
    },
  };
}

function sumOf(some: readonly RefusedSome[]): RefusedSome {
  const count = some.reduce((sum, each) => sum + each.count, 0);
  return { count, reason: some.at(-1)?.reason ?? '' };
}
