import { ANY_CHAR, type CharSet, charSet, negated, union } from './char-set.ts';
import { CONTROL_ESCAPES, classOf, PERL_CLASSES, POSIX_CLASSES } from './go-regex-class.ts';
import {
  edgeNode,
  eitherNode,
  groupNode,
  type RegexNode,
  repeatNode,
  seqNode,
  setNode,
} from './go-regex-tree.ts';

const DEPTH_MAX = 200;
const NOT_LINE_FEED = negated(charSet([0x0a, 0x0a]));

/**
 * The tree of a regular expression that is known to be valid in Go's spelling; null when it holds
 * something that is rare (`\pL`, `\Q`, octal numbers, the flag U, cases of letters beyond ASCII).
 */
export function parseGoRegex(pattern: string): RegexNode | null {
  try {
    return new GoRegexParser(pattern).parse();
  } catch (thrown) {
    if (thrown instanceof TooRare) return null;
    throw thrown;
  }
}

class TooRare extends Error {}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

class GoRegexParser {
  readonly #characters: readonly string[];
  #at = 0;
  #flags: Flags = { i: false, m: false, s: false };
  #depth = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  parse(): RegexNode {
    const tree = this.#alternatives();
    if (this.#at < this.#characters.length) throw new TooRare();
    return tree;
  }

  #alternatives(): RegexNode {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new TooRare();
    const branches = [this.#sequence()];
    while (this.#take('|')) branches.push(this.#sequence());
    this.#depth -= 1;
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : eitherNode(branches);
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#characters.length && !this.#isNext('|') && !this.#isNext(')')) {
      const atom = this.#atom();
      if (atom !== null) parts.push(this.#repeated(atom));
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : seqNode(parts);
  }

  /** Null: it only sets flags. */
  #atom(): RegexNode | null {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return setNode(this.#class());
      case '.':
        return setNode(this.#flags.s ? ANY_CHAR : NOT_LINE_FEED);
      case '^':
        return edgeNode(this.#flags.m ? 'lineStart' : 'textStart');
      case '$':
        return edgeNode(this.#flags.m ? 'lineEnd' : 'textEnd');
      case '\\':
        return this.#escaped();
      default:
        return setNode(this.#folded(one(character), false));
    }
  }

  #repeated(atom: RegexNode): RegexNode {
    let node = atom;
    for (;;) {
      const bounds = this.#bounds();
      if (bounds === null) return node;
      node = repeatNode(node, { ...bounds, isLazy: this.#take('?') });
    }
  }

  #bounds(): { min: number; max: number } | null {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    const counted = this.#matches(/^\{(\d{1,4})(,(\d{1,4})?)?\}/);
    if (counted === null) return null;
    const min = Number(counted[1]);
    if (counted[2] === undefined) return { min, max: min };
    return { min, max: counted[3] === undefined ? Infinity : Number(counted[3]) };
  }

  #group(): RegexNode | null {
    const outer = this.#flags;
    if (this.#take('?')) {
      if (this.#matches(/^P?<\w+>/) !== null) return this.#closed(outer, true);
      const flags = this.#matches(/^([ims]*)(?:-([ims]+))?([:)])/);
      if (flags === null) throw new TooRare();
      this.#setFlags(flags[1] ?? '', true);
      this.#setFlags(flags[2] ?? '', false);
      return flags[3] === ')' ? null : this.#closed(outer, false);
    }
    return this.#closed(outer, true);
  }

  #closed(outer: Flags, isCapture: boolean): RegexNode {
    const inner = this.#alternatives();
    if (!this.#take(')')) throw new TooRare();
    this.#flags = outer;
    return isCapture ? groupNode(inner) : inner;
  }

  #setFlags(letters: string, value: boolean): void {
    for (const letter of letters) this.#flags = { ...this.#flags, [letter]: value };
  }

  #escaped(): RegexNode {
    const letter = this.#next();
    switch (letter) {
      case 'b':
        return edgeNode('wordEdge');
      case 'B':
        return edgeNode('noWordEdge');
      case 'A':
        return edgeNode('textStart');
      case 'z':
        return edgeNode('textEnd');
      default:
        return setNode(this.#perlClass(letter) ?? this.#folded(one(this.#literal(letter)), false));
    }
  }

  #perlClass(letter: string): CharSet | null {
    const set = PERL_CLASSES.get(letter.toLowerCase());
    return set === undefined ? null : this.#folded(set, letter !== letter.toLowerCase());
  }

  /** The character that an escape stands for, behind its backslash and first letter. */
  #literal(letter: string): string {
    if (letter === 'x') {
      const hex = this.#matches(/^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/);
      if (hex === null) throw new TooRare();
      return String.fromCodePoint(Number.parseInt(hex[1] ?? hex[2] ?? '', 16));
    }
    const control = CONTROL_ESCAPES.get(letter);
    if (control !== undefined) return String.fromCodePoint(control);
    if (!/^[!-/:-@[-`{-~]$/.test(letter)) throw new TooRare();
    return letter;
  }

  #class(): CharSet {
    const isNegated = this.#take('^');
    const sets: CharSet[] = [];
    let isFirst = true;
    while (isFirst || !this.#isNext(']')) {
      isFirst = false;
      sets.push(this.#classItem());
    }
    this.#at += 1;
    return this.#folded(union(...sets), isNegated);
  }

  #classItem(): CharSet {
    const posix = this.#matches(/^\[:(\^?)(\w+):\]/);
    if (posix !== null) {
      const set = POSIX_CLASSES.get(posix[2] ?? '');
      if (set === undefined) throw new TooRare();
      return posix[1] === '^' ? this.#folded(set, true) : set;
    }
    if (this.#isNext('\\')) {
      const perl = this.#perlClass(this.#characters[this.#at + 1] ?? '');
      if (perl !== null) {
        this.#at += 2;
        return perl;
      }
    }
    const first = this.#classCharacter();
    const isRange = this.#isNext('-') && this.#characters[this.#at + 1] !== ']';
    if (!isRange) return one(first);
    this.#at += 1;
    return charSet([codeOf(first), codeOf(this.#classCharacter())]);
  }

  #classCharacter(): string {
    const character = this.#next();
    return character === '\\' ? this.#literal(this.#next()) : character;
  }

  #folded(set: CharSet, isNegated: boolean): CharSet {
    const folded = classOf(set, { isNegated, isFolded: this.#flags.i });
    if (folded === null) throw new TooRare();
    return folded;
  }

  #isNext(character: string): boolean {
    return this.#characters[this.#at] === character;
  }

  #take(character: string): boolean {
    const isNext = this.#isNext(character);
    if (isNext) this.#at += 1;
    return isNext;
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw new TooRare();
    this.#at += 1;
    return character;
  }

  /** Takes what matches here, within reach of a flag, a name or a count. */
  #matches(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.#characters.slice(this.#at, this.#at + 100).join(''));
    if (match !== null) this.#at += match[0].length;
    return match;
  }
}

function one(character: string): CharSet {
  return [codeOf(character), codeOf(character)];
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
