/** A file that was rotated away is let go after this many looks (about a minute) without news. */
const ROTATED_LOOKS_MAX = 240;
/** So many looks without news say that nobody is in the middle of writing a last line. */
const QUIET_LOOKS = 2;
/** After so many looks the next file does not wait any more for the last line of this one. */
const LAST_WORDS_LOOKS_MAX = 8;

/**
 * Where a followed file stands: whether its path still names it, and how it has been since it was
 * moved. `displaced`: the path leads elsewhere, and where the file went is not known yet.
 * `rotated`: it will not come back; it is read to its end, then let go.
 */
export class Standing {
  #state: 'there' | 'displaced' | 'rotated' = 'there';
  #quietLooks = 0;
  #looksSinceMove = 0;
  #isReadToEnd = false;
  #isDeleted = false;

  get state(): 'there' | 'displaced' | 'rotated' {
    return this.#state;
  }

  found(): void {
    this.#state = 'there';
  }

  displaced(): void {
    this.#state = 'displaced';
  }

  rotated(): void {
    if (this.#state === 'rotated') return;
    this.#state = 'rotated';
    this.moved();
  }

  moved(): void {
    this.#quietLooks = 0;
    this.#looksSinceMove = 0;
    this.#isReadToEnd = false;
  }

  lookedAt({ isTouched, isDeleted }: { isTouched: boolean; isDeleted: boolean }): void {
    this.#quietLooks = isTouched ? 0 : this.#quietLooks + 1;
    this.#looksSinceMove += 1;
    this.#isDeleted = isDeleted;
  }

  /** All that the last look has shown is read, but for an unfinished line. */
  readToEnd(): void {
    if (this.#looksSinceMove > 0) this.#isReadToEnd = true;
  }

  /**
   * Whether the next file may begin: this one was read to its end since it was moved. Its
   * unfinished last line is waited for, but not for ever: somebody may still write to the old
   * file, day and night.
   */
  isDrained(backlog: number): boolean {
    const hasRest = this.#state === 'rotated' && backlog > 0;
    return this.#isReadToEnd && (!hasRest || this.#looksSinceMove > LAST_WORDS_LOOKS_MAX);
  }

  /** Whether what is left, an unfinished line, is the last that will come. */
  isSilent(): boolean {
    return this.#state === 'rotated' && this.#quietLooks >= QUIET_LOOKS;
  }

  /** Whether nobody will write to the file any more; in a crowd this is believed sooner. */
  isOver(isCrowded: boolean): boolean {
    if (this.#isDeleted || isCrowded) return this.isSilent();
    return this.#state === 'rotated' && this.#quietLooks >= ROTATED_LOOKS_MAX;
  }
}
