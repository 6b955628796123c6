import type { Logger } from 'pino';

/** Keeps compressed files away from readers that follow text, and says so once. */
export class GzipNotice {
  readonly #log: Logger;
  #isGiven = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  isReadable(path: string): boolean {
    if (!path.endsWith('.gz')) return true;
    if (!this.#isGiven) this.#log.warn({ path }, 'compressed files are left out');
    this.#isGiven = true;
    return false;
  }
}
