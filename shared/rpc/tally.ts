/** Counts what happens rarely, by its labels. */
export class Tally<Label extends string> {
  readonly #entries = new Map<
    string,
    { readonly labels: Readonly<Record<Label, string>>; count: number }
  >();

  get total(): number {
    return this.totalOf(() => true);
  }

  totalOf(counts: (labels: Readonly<Record<Label, string>>) => boolean): number {
    let total = 0;
    for (const { labels, count } of this.#entries.values()) if (counts(labels)) total += count;
    return total;
  }

  add(labels: Readonly<Record<Label, string>>): void {
    const key = JSON.stringify(labels);
    const known = this.#entries.get(key);
    if (known === undefined) this.#entries.set(key, { labels, count: 1 });
    else known.count += 1;
  }

  entries() {
    return this.#entries.values();
  }

  /** What has it for a label. */
  forget(value: string): void {
    for (const [key, { labels }] of this.#entries) {
      if (Object.values(labels).includes(value)) this.#entries.delete(key);
    }
  }
}
