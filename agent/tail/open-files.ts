import type { Follower } from './follower.ts';

/**
 * Keeps the number of open files in bounds. One that is at rest makes room for the next; it is
 * opened again when it grows. Only rotated files, which no path leads to, are never closed here.
 */
export class OpenFiles {
  readonly #max: number;
  readonly #open = new Set<Follower>();

  constructor(max: number) {
    this.#max = max;
  }

  get isCrowded(): boolean {
    return this.#count() > this.#max;
  }

  /** @throws the system's error when the file cannot be opened. */
  async open(follower: Follower): Promise<void> {
    if (this.#count() >= this.#max) await this.#leastUseful()?.close();
    await follower.open();
    this.#open.add(follower);
  }

  #count(): number {
    for (const follower of this.#open) if (!follower.isOpen) this.#open.delete(follower);
    return this.#open.size;
  }

  #leastUseful(): Follower | undefined {
    const closable = [...this.#open].filter(({ standing }) => standing === 'there');
    const atRest = closable.filter(({ hasUnread }) => !hasUnread);
    const candidates = atRest.length > 0 ? atRest : closable;
    return candidates.reduce<Follower | undefined>(
      (least, follower) =>
        least === undefined || follower.activeMs < least.activeMs ? follower : least,
      undefined,
    );
  }
}
