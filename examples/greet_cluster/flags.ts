import { AppError } from '../../shared/rpc/library.ts';

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

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
    const [, count = '', unit = ''] = /^([\d.]+)(ms|s|m|h)$/.exec(given) ?? [];
    const ms = given === '0' ? 0 : Number(count) * (MS[unit] ?? Number.NaN);
    if (count !== '' || given === '0') return ms;
    throw new AppError('invalid', `-${name}=${given}: a duration like 10s or 500ms would be right`);
  }
}
