/** The signal of a call, which is made when somebody asks for it: most methods never do. */
export class CallSignal {
  #abort: AbortController | null = null;
  #state: 'running' | 'gone' | 'done' = 'running';

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#state === 'gone') this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** Nobody waits for the answer any more. */
  giveUp(): void {
    if (this.#state !== 'running') return;
    this.#state = 'gone';
    this.#abort?.abort();
  }

  /** The answer is there: what comes after it is no giving up. False: the call was given up before. */
  finish(): boolean {
    if (this.#state === 'running') this.#state = 'done';
    return this.#state === 'done';
  }
}
