import { AppError } from '../../shared/rpc/library.ts';
import { readGoDuration } from './go-duration.ts';

/** Flags as Go's programs take them (`-port=8001`, `-port 8001`, `--port=8001`), of these names. */
export class Flags {
  readonly #given = new Map<string, string>();

  constructor(args: readonly string[], names: readonly string[]) {
    for (let at = 0; at < args.length; at += 1) {
      const [, name = '', value] = /^--?([a-z-]+)(?:=(.*))?$/.exec(args[at] ?? '') ?? [];
      if (!names.includes(name)) {
        const known = names.map((one) => `-${one}`).join(', ');
        throw new AppError('invalid', `${args[at] ?? ''} is no flag; there are ${known}`);
      }
      if (value === undefined) at += 1;
      this.#given.set(name, value ?? args[at] ?? '');
    }
  }

  text(name: string, fallback: string): string {
    return this.#given.get(name) ?? fallback;
  }

  number(name: string, fallback: number): number {
    const given = this.#given.get(name);
    const value = given === undefined ? fallback : Number(given);
    if (given !== '' && value >= 0) return value;
    throw new AppError('invalid', `-${name}=${given}: a number from 0 up would be right`);
  }

  durationMs(name: string): number {
    const given = this.text(name, '0');
    const ms = readGoDuration(given);
    if (ms !== null) return ms;
    throw new AppError('invalid', `-${name}=${given}: a duration like 10s or 500ms would be right`);
  }
}
