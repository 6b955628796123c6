import type { Clock } from '../../shared/kernel/clock.ts';
import type { DeadLetter, KeptDeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { Records, Sender, SourceBatch } from '../plugins/plugin.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { ACCEPTED, type Refused, type RefusedSome } from '../sink/acceptance.ts';
import { Attempts, type Delivered } from './attempt.ts';
import type { Commits } from './commits.ts';
import { addTo, countOf } from './counters.ts';
import { unlessGivenUp } from './delivery.ts';
import { batchOfLine, contentOf, type LetterLine } from './letter-content.ts';
import { deadLettersOf, type Parcel } from './parcel.ts';
import type { Work } from './process.ts';

interface ReplayDeps {
  readonly name: string;
  readonly sender: Sender;
  readonly epoch: string;
  readonly clock: Clock;
  readonly commits: Commits;
  readonly process: (batch: SourceBatch) => Work;
  /** What of a parcel is for this sender. */
  readonly ownOf: (parcel: Parcel) => Parcel;
}

/** What has become of a dead letter. */
export interface Replayed {
  /** What its unit counts as by now; null: it is a dead letter still. */
  readonly as: 'delivered' | 'filtered' | null;
  /** Dead letters that its records have become. */
  readonly refused: number;
}

const STILL_DEAD: Replayed = { as: null, refused: 0 };
const NOTHING_LOST: RefusedSome = { count: 0, reason: '' };

/** Records on their way again, and what is kept of those that are refused. */
interface Again {
  readonly records: Records;
  readonly lettersOf: (refused: readonly Refused[]) => DeadLetter[];
}

/**
 * Sends a dead letter again, once. A line that did not parse is parsed and transformed before, as it
 * would be if it were read now; what the sink refuses of several records stays behind alone.
 *
 * @throws AppError when the sink cannot now.
 */
export async function replayLetter(
  letter: KeptDeadLetter,
  deps: ReplayDeps,
  giveUp: AbortSignal,
): Promise<Replayed> {
  const again = recordsAgain(letter, deps);
  if (again === null) return STILL_DEAD;
  const { count } = again.records;
  const { acceptance, refused } = await sent(letter, again.records, deps, giveUp);
  const lost = acceptance.refusedSome ?? NOTHING_LOST;
  if (count > 0 && refused.length + lost.count >= count) return STILL_DEAD;
  const as = count === 0 ? 'filtered' : 'delivered';
  const isKept = await deps.commits.make(
    {
      change: {
        ...(as === 'delivered' ? { revived: [letter.id] } : { filteredLetters: [letter.id] }),
        deadLetters: again.lettersOf(refused),
      },
      accepted: [acceptance],
      count: (totals) => {
        const taken = count - refused.length - lost.count;
        addTo(countOf(totals.senders, letter.sender), taken, lost.count, lost.reason);
      },
    },
    giveUp,
  );
  return isKept ? { as, refused: refused.length } : STILL_DEAD;
}

/** Null: it has not come through the parser. */
function recordsAgain(letter: KeptDeadLetter, deps: ReplayDeps): Again | null {
  const content = contentOf(letter.record);
  if (content.kind === 'line') return lineAgain(letter, content.line, deps);
  return { records: new ObjectRecords([content.record]), lettersOf: () => [] };
}

function lineAgain(
  letter: KeptDeadLetter,
  line: LetterLine,
  { name, clock, process, ownOf }: ReplayDeps,
): Again | null {
  const batch = batchOfLine(line, letter);
  const work = process(batch);
  // A header is no success and makes no record: it must not be lost as if it were blank.
  if (work.parsed.success === 0 && work.records.count === 0) return null;
  const parcel = ownOf({ batch, work });
  const address = { sender: name, nowMs: clock.now(), name: nameOf(letter) };
  return {
    records: parcel.work.records,
    lettersOf: (refused) => deadLettersOf(parcel, refused, address),
  };
}

async function sent(
  letter: KeptDeadLetter,
  records: Records,
  { sender, epoch }: ReplayDeps,
  giveUp: AbortSignal,
): Promise<Delivered> {
  if (records.count === 0) return { acceptance: ACCEPTED, refused: [] };
  const attempts = new Attempts(sender, { records, key: `${epoch}.${nameOf(letter)}` });
  return unlessGivenUp(attempts.send(giveUp, true), giveUp);
}

/** What a sink knows it by. */
function nameOf({ id, name = String(id) }: KeptDeadLetter): string {
  return `letter.${name}`;
}
