import type { Logger } from 'pino';
import type { FoundFile } from '../../../tail/found-file.ts';
import { type Mark, orderOf } from './mark.ts';

const NAMED_MAX = 10;

/**
 * Files that show up when later ones are planned already: they will not be, and somebody has to
 * know. Told from one look to the next; of what came while nobody looked nothing is known.
 */
export class LateFiles {
  readonly #log: Logger;
  readonly #runner: string;
  /** What the last look has shown; null: there was none that this one follows. */
  #known: ReadonlySet<string> | null = null;
  #marks: readonly string[] = [];
  #late: ReadonlyMap<string, string> = new Map();

  constructor(log: Logger, runner: string) {
    this.#log = log;
    this.#runner = runner;
  }

  get trouble(): string | null {
    const [first] = this.#late.values();
    if (first === undefined) return null;
    const others = this.#late.size === 1 ? '' : ` and ${this.#late.size - 1} other files`;
    return `left out, for later files were read already: ${first}${others}; touch to have them read`;
  }

  look(files: readonly FoundFile[], mark: Mark | null, markText: string): void {
    const isNext = this.#marks.includes(markText);
    const known = isNext ? this.#known : null;
    this.#known = new Set(files.map(nameOf));
    this.#marks = [markText];
    if (mark === null) return;
    const isLate = (file: FoundFile) =>
      this.#late.has(nameOf(file)) || (known !== null && !known.has(nameOf(file)));
    const late = files.filter((file) => orderOf(file, mark) < 0 && isLate(file));
    const news = late.filter((file) => !this.#late.has(nameOf(file))).map(({ path }) => path);
    this.#late = new Map(late.map((file) => [nameOf(file), file.path]));
    if (news.length === 0) return;
    this.#log.warn(
      { runner: this.#runner, files: news.length, paths: news.slice(0, NAMED_MAX) },
      'files are left out, for later ones were planned already; touch them to have them read',
    );
  }

  /** The mark that the next look may come with, if nobody else plans meanwhile. */
  planned(markText: string): void {
    this.#marks = [...this.#marks, markText];
  }
}

function nameOf({ path, stats }: FoundFile): string {
  return `${stats.mtimeNs} ${path}`;
}
