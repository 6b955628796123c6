/** Lines that are shown of each kind; all are counted. */
const EXAMPLES_MAX = 20;
const TEXT_LENGTH_MAX = 200;

/** Where a line stands: a file, and how many bytes into it (unpacked). */
export interface LinePlace {
  readonly path: string;
  readonly offset: number;
}

export interface LineExample extends LinePlace {
  readonly text: string;
}

/** What is wrong with the lines that were looked at: how many there are, and the first of them. */
export interface LineFlaws {
  readonly missing: Flawed;
  readonly doubled: Flawed;
  /** In the sink, but not of the source. */
  readonly strange: Flawed;
}

interface Flawed {
  readonly lines: number;
  readonly examples: readonly LineExample[];
}

interface Tally {
  /** How often the source holds the line, less how often the sink does. */
  owed: number;
  readonly isOfSource: boolean;
  last: LineExample;
}

/** Counts single lines of source and sink against each other; the caller bounds how many. */
export class LineTally {
  readonly #tallies = new Map<string, Tally>();

  /** All of the source comes before the first of the sink. */
  addSource(lineDigest: Buffer, line: Buffer, place: LinePlace): void {
    const tally = this.#tallies.get(keyOf(lineDigest));
    if (tally !== undefined) tally.owed += 1;
    else this.#add(lineDigest, { owed: 1, isOfSource: true, last: exampleOf(line, place) });
  }

  addSink(lineDigest: Buffer, line: Buffer, place: LinePlace): void {
    const tally = this.#tallies.get(keyOf(lineDigest));
    if (tally === undefined) {
      this.#add(lineDigest, { owed: -1, isOfSource: false, last: exampleOf(line, place) });
      return;
    }
    tally.owed -= 1;
    if (tally.owed < 0) tally.last = exampleOf(line, place);
  }

  get flaws(): LineFlaws {
    const tallies = [...this.#tallies.values()];
    return {
      missing: flawed(tallies.filter(({ owed }) => owed > 0)),
      doubled: flawed(tallies.filter(({ owed, isOfSource }) => owed < 0 && isOfSource)),
      strange: flawed(tallies.filter(({ owed, isOfSource }) => owed < 0 && !isOfSource)),
    };
  }

  #add(lineDigest: Buffer, tally: Tally): void {
    this.#tallies.set(keyOf(lineDigest), tally);
  }
}

function keyOf(lineDigest: Buffer): string {
  return lineDigest.toString('latin1');
}

function exampleOf(line: Buffer, { path, offset }: LinePlace): LineExample {
  return { path, offset, text: line.toString('utf8', 0, TEXT_LENGTH_MAX) };
}

function flawed(tallies: readonly Tally[]): Flawed {
  return {
    lines: tallies.reduce((sum, { owed }) => sum + Math.abs(owed), 0),
    examples: tallies.slice(0, EXAMPLES_MAX).map(({ last }) => last),
  };
}
