/**
 * Which nonces were used, by the second they were signed in, so that a signature counts once.
 *
 * The memory is bounded: when it is full it forgets its oldest second, and from then on takes
 * nothing signed in that second or before. A replay is never taken; a caller whose clock is far
 * behind may be refused on a very busy server.
 */
export class NonceMemory {
  readonly #noncesMax: number;
  readonly #bySecond = new Map<number, Set<string>>();
  #size = 0;
  #forgottenUpToS = 0;

  constructor(noncesMax: number) {
    this.#noncesMax = noncesMax;
  }

  /** Takes a nonce; false when it was used before, or may have been. */
  take(nonce: string, signedS: number): boolean {
    if (signedS <= this.#forgottenUpToS) return false;

    const nonces = this.#bySecond.get(signedS) ?? new Set();
    if (nonces.has(nonce)) return false;
    if (nonces.size === 0) this.#bySecond.set(signedS, nonces);
    nonces.add(nonce);
    this.#size++;
    while (this.#size > this.#noncesMax) this.#forgetSecond(Math.min(...this.#bySecond.keys()));
    return true;
  }

  /** Forgets what was signed before a second that is refused anyhow. */
  forgetBefore(second: number): void {
    for (const signedS of this.#bySecond.keys()) {
      if (signedS < second) this.#forgetSecond(signedS);
    }
  }

  #forgetSecond(second: number): void {
    this.#size -= this.#bySecond.get(second)?.size ?? 0;
    this.#bySecond.delete(second);
    this.#forgottenUpToS = Math.max(this.#forgottenUpToS, second);
  }
}
