import type { z } from 'zod';
import { answerQuestions } from '../support/helper-side.ts';
import { type Ended, hostMs, WorkQuestion } from './work-questions.ts';

/** Works off a pile; each life that it has ended is told to the tally. */
interface Work {
  /** Gets everything ready that takes its time. */
  readonly open: () => Promise<void>;
  readonly begin: () => void;
  /** Resolves when nothing is at work any more. */
  readonly end: () => Promise<void>;
}

/** What a process has done in this round. */
export class Tally {
  readonly claimsMs: number[] = [];
  lives = 0;
  lastMs = 0;

  /** So many lives are over. */
  lived(lives: number): void {
    this.lives += lives;
    this.lastMs = hostMs();
  }

  get ended(): Ended {
    return { lives: this.lives, lastMs: this.lastMs, claimsMs: this.claimsMs };
  }
}

const IDLE: Work = {
  open: async () => undefined,
  begin: () => undefined,
  end: async () => undefined,
};

/** The side of a process that works off piles, one a round. */
export function serveWork<Opening>(
  opening: z.ZodType<Opening>,
  workOn: (opening: Opening, tally: Tally) => Work,
): void {
  let [work, tally] = [IDLE, new Tally()];
  answerQuestions(WorkQuestion, async (question) => {
    switch (question.ask) {
      case 'open':
        tally = new Tally();
        work = workOn(opening.parse(question.open), tally);
        await work.open();
        return {};
      case 'begin':
        // What does not let go of the thread begins when this is answered.
        setImmediate(() => work.begin());
        return { atMs: hostMs() };
      case 'so far':
        return { lives: tally.lives, lastMs: tally.lastMs };
      case 'end':
        await work.end();
        work = IDLE;
        return tally.ended;
    }
  });
}
