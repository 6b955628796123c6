import { AppError } from '../../shared/kernel/errors.ts';
import type { CheckpointStore, KeptDeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { Runners } from '../runner/runners.ts';

/** Letters that are looked at together. */
const PAGE = 100;
/** An answer is cut before it grows beyond this, but holds one letter at least. */
const ANSWER_CHARACTERS_MAX = 4 * 1024 * 1024;

interface DeadLettersDeps {
  readonly runners: Pick<Runners, 'inTurn'>;
  readonly checkpoints: Pick<CheckpointStore, 'deadLetters' | 'dropDeadLetters'>;
}

export interface Page {
  readonly after: number;
  readonly max: number;
}

/** Some letters by id, or all behind one. */
export type Chosen =
  | { readonly ids: readonly number[] }
  | { readonly all: true; readonly after: number };

export interface LetterPage {
  readonly letters: readonly KeptDeadLetter[];
  /** Where the next page begins; null when there is none. */
  readonly next: number | null;
}

/** Shows, sends again and drops the records that the sinks of a runner refused. */
export class DeadLetters {
  readonly #deps: DeadLettersDeps;

  constructor(deps: DeadLettersDeps) {
    this.#deps = deps;
  }

  list(runner: string, page: Page): Promise<LetterPage> {
    return this.#deps.runners.inTurn(runner, () => this.#page(runner, page));
  }

  /**
   * Sends letters again, at most `max` of them; those that are refused again are kept.
   * @throws AppError `conflict` when the runner is stopped, `not_found` for an id that is none.
   */
  replay(runner: string, chosen: Chosen, max: number) {
    return this.#deps.runners.inTurn(runner, async (running) => {
      if (running === null) {
        throw new AppError('conflict', `runner ${runner} is stopped; start it to replay`);
      }
      const { letters, next } = await this.#chosen(runner, chosen, max);
      const { sent, failed } = await running.replay(letters);
      return { sent, failed, next };
    });
  }

  /** @throws AppError `not_found` for an id that is none; nothing is dropped then. */
  drop(runner: string, chosen: Chosen): Promise<{ readonly dropped: number }> {
    return this.#deps.runners.inTurn(runner, async (running) => {
      let dropped = 0;
      let rest: Chosen | null = chosen;
      while (rest !== null) {
        const page: LetterPage = await this.#chosen(runner, rest, PAGE);
        const ids = page.letters.map(({ id }) => id);
        await this.#deps.checkpoints.dropDeadLetters(runner, ids);
        running?.dropped(page.letters);
        dropped += ids.length;
        rest = page.next === null ? null : { all: true, after: page.next };
      }
      return { dropped };
    });
  }

  async #chosen(runner: string, chosen: Chosen, max: number): Promise<LetterPage> {
    if ('all' in chosen) return this.#page(runner, { after: chosen.after, max });
    const letters: KeptDeadLetter[] = [];
    for (const id of new Set(chosen.ids)) letters.push(await this.#one(runner, id));
    return { letters, next: null };
  }

  async #one(runner: string, id: number): Promise<KeptDeadLetter> {
    const [letter] = await this.#deps.checkpoints.deadLetters(runner, id - 1, 1);
    if (letter?.id === id) return letter;
    throw new AppError('not_found', `runner ${runner} has no dead letter ${id}`);
  }

  async #page(runner: string, { after, max }: Page): Promise<LetterPage> {
    const letters: KeptDeadLetter[] = [];
    let characters = 0;
    let from = after;
    for (;;) {
      const wanted = Math.min(PAGE, max + 1 - letters.length);
      const some = await this.#deps.checkpoints.deadLetters(runner, from, wanted);
      for (const letter of some) {
        characters += letter.record.length;
        const isFull = letters.length === max || characters > ANSWER_CHARACTERS_MAX;
        if (isFull && letters.length > 0) return { letters, next: from };
        letters.push(letter);
        from = letter.id;
      }
      if (some.length < wanted) return { letters, next: null };
    }
  }
}
