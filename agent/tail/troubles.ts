/** What keeps parts of something from working, by part, until they work again. */
export class Troubles {
  readonly #byPart = new Map<string, string>();

  set(part: string, trouble: string | null): void {
    if (trouble === null) this.#byPart.delete(part);
    else this.#byPart.set(part, trouble);
  }

  /** Drops the troubles of parts that are no more. */
  keep(isPart: (part: string) => boolean): void {
    for (const part of this.#byPart.keys()) if (!isPart(part)) this.#byPart.delete(part);
  }

  has(part: string): boolean {
    return this.#byPart.has(part);
  }

  /** One line for people: the oldest trouble, and how many more there are. */
  get summary(): string | null {
    const [first] = this.#byPart.values();
    if (first === undefined) return null;
    return this.#byPart.size === 1 ? first : `${first} (and ${this.#byPart.size - 1} more)`;
  }
}
