/** Answers that are kept for when the same is asked again; the oldest give way. */
export class KnownAnswers<Answer> {
  readonly #answers = new Map<string, Answer>();
  readonly #max: number;
  readonly #find: (question: string) => Answer;

  constructor(max: number, find: (question: string) => Answer) {
    this.#max = max;
    this.#find = find;
  }

  of(question: string): Answer {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const found = this.#find(question);
    if (this.#answers.size >= this.#max) {
      for (const [oldest] of this.#answers) {
        this.#answers.delete(oldest);
        break;
      }
    }
    this.#answers.set(question, found);
    return found;
  }
}
