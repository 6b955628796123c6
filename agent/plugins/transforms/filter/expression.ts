import { ExpressionError, type Token, tokensOf } from './tokens.ts';

export type Scalar = string | number | boolean | null;

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type TextTest = 'contains' | 'startsWith' | 'endsWith';
export type Reading = 'lower' | 'upper' | 'length' | 'number';

/** A question about a record, as a tree. */
export type Expression =
  | { readonly kind: 'value'; readonly value: Scalar }
  | { readonly kind: 'field'; readonly path: readonly [string, ...string[]] }
  | { readonly kind: 'exists'; readonly path: readonly [string, ...string[]] }
  | { readonly kind: 'reading'; readonly reading: Reading; readonly of: Expression }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'all'; readonly of: readonly Expression[] }
  | { readonly kind: 'any'; readonly of: readonly Expression[] }
  | {
      readonly kind: 'compare';
      readonly by: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'text';
      readonly by: TextTest;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'in'; readonly left: Expression; readonly values: readonly Scalar[] }
  | {
      readonly kind: 'matches';
      readonly left: Expression;
      readonly pattern: string;
      /** Where the pattern stands. */
      readonly at: number;
    };

const LENGTH_MAX = 4_096;
const DEPTH_MAX = 50;
const VALUES_MAX = 1_000;

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['=', '=='],
  ['==', '=='],
  ['!=', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);
const TEXT_TESTS: readonly TextTest[] = ['contains', 'startsWith', 'endsWith'];
const READINGS: readonly Reading[] = ['lower', 'upper', 'length', 'number'];
const CONSTANTS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const RESERVED = ['and', 'or', 'not', 'in', 'matches', ...TEXT_TESTS];

/** @throws ExpressionError that says where it cannot be understood, and what would be right. */
export function parseExpression(source: string): Expression {
  if (source.length > LENGTH_MAX) {
    throw new ExpressionError(LENGTH_MAX + 1, `it is longer than ${LENGTH_MAX} characters`);
  }
  return new ExpressionParser(tokensOf(source)).parse();
}

class ExpressionParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#any();
    const rest = this.#token;
    if (rest.kind !== 'end') {
      throw new ExpressionError(
        rest.at,
        `${shown(rest)} is not expected; join two tests by and, or`,
      );
    }
    return expression;
  }

  #any(): Expression {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) {
      throw new ExpressionError(this.#token.at, `it is nested deeper than ${DEPTH_MAX} levels`);
    }
    const tests = [this.#all()];
    while (this.#take('or', '||')) tests.push(this.#all());
    this.#depth -= 1;
    return joined('any', tests);
  }

  #all(): Expression {
    const tests = [this.#test()];
    while (this.#take('and', '&&')) tests.push(this.#test());
    return joined('all', tests);
  }

  #test(): Expression {
    let isNegated = false;
    while (this.#take('not', '!')) isNegated = !isNegated;
    const test = this.#comparison();
    return isNegated ? { kind: 'not', of: test } : test;
  }

  #comparison(): Expression {
    const left = this.#value();
    if (this.#take('not')) return { kind: 'not', of: this.#wordTest(left, true) };
    return this.#wordTest(left, false);
  }

  #wordTest(left: Expression, isNeeded: boolean): Expression {
    const { at } = this.#token;
    if (this.#take('in')) return { kind: 'in', left, values: this.#list() };
    if (this.#take('matches')) return this.#matches(left);
    const text = TEXT_TESTS.find((word) => this.#take(word));
    if (text !== undefined) return { kind: 'text', by: text, left, right: this.#value() };
    if (isNeeded) {
      throw new ExpressionError(at, `behind "not" goes in, matches, ${TEXT_TESTS.join(', ')}`);
    }
    const token = this.#token;
    const by = token.kind === 'sign' ? COMPARISONS.get(token.text) : undefined;
    if (by === undefined) return left;
    this.#at += 1;
    return { kind: 'compare', by, left, right: this.#value() };
  }

  #matches(left: Expression): Expression {
    const token = this.#token;
    if (token.kind !== 'text') {
      throw new ExpressionError(token.at, 'behind "matches" goes a pattern in quotation marks');
    }
    this.#at += 1;
    return { kind: 'matches', left, pattern: token.text, at: token.at };
  }

  #list(): Scalar[] {
    this.#expect('[', 'behind "in" goes a list such as ["a", "b"]');
    const values: Scalar[] = [];
    while (!this.#take(']')) {
      if (values.length > 0) this.#expect(',', 'values of a list are parted by commas');
      const { at } = this.#token;
      const value = this.#value();
      if (value.kind !== 'value') throw new ExpressionError(at, 'a list holds texts and numbers');
      values.push(value.value);
      if (values.length > VALUES_MAX) {
        throw new ExpressionError(at, `the list is longer than ${VALUES_MAX} values`);
      }
    }
    return values;
  }

  #value(): Expression {
    const token = this.#token;
    if (token.kind === 'end') throw new ExpressionError(token.at, 'a value is missing at the end');
    if (this.#take('(')) {
      const inner = this.#any();
      this.#expect(')', `the bracket of character ${token.at} is not closed`);
      return inner;
    }
    if (token.kind === 'sign') {
      throw new ExpressionError(token.at, `a value is missing before ${shown(token)}`);
    }
    this.#at += 1;
    if (token.kind === 'text') return { kind: 'value', value: token.text };
    if (token.kind === 'number') return { kind: 'value', value: token.number };
    return this.#word(token.text, token.at);
  }

  #word(word: string, at: number): Expression {
    const constant = CONSTANTS.get(word);
    if (constant !== undefined) return { kind: 'value', value: constant };
    if (RESERVED.includes(word)) {
      throw new ExpressionError(at, `a value is missing before "${word}"`);
    }
    return this.#isSign('(') ? this.#function(word, at) : { kind: 'field', path: this.#path(word) };
  }

  #function(name: string, at: number): Expression {
    this.#at += 1;
    const reading = READINGS.find((known) => known === name);
    if (reading === undefined && name !== 'exists') {
      const known = ['exists', ...READINGS].join(', ');
      throw new ExpressionError(at, `there is no function "${name}"; there are ${known}`);
    }
    const inside = this.#token.at;
    const of = this.#any();
    this.#expect(')', `the bracket of ${name}( is not closed`);
    if (reading !== undefined) return { kind: 'reading', reading, of };
    if (of.kind !== 'field')
      throw new ExpressionError(inside, 'exists() takes the name of a field');
    return { kind: 'exists', path: of.path };
  }

  /** The names behind the first, by dots, or in brackets where they hold other characters. */
  #path(first: string): [string, ...string[]] {
    const path: [string, ...string[]] = [first];
    for (;;) {
      const isBracket = this.#take('[');
      if (!isBracket && !this.#take('.')) return path;
      const token = this.#token;
      if (isBracket ? token.kind !== 'text' : token.kind !== 'word') {
        const example = isBracket ? '["name"]' : 'a.b';
        throw new ExpressionError(token.at, `the name of a field is missing, write ${example}`);
      }
      this.#at += 1;
      path.push('text' in token ? token.text : '');
      if (isBracket) this.#expect(']', 'the bracket around the name of a field is not closed');
    }
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', at: 0 };
  }

  #isSign(text: string): boolean {
    return this.#token.kind === 'sign' && this.#token.text === text;
  }

  #take(...texts: readonly string[]): boolean {
    const token = this.#token;
    const isIt = (token.kind === 'word' || token.kind === 'sign') && texts.includes(token.text);
    if (isIt) this.#at += 1;
    return isIt;
  }

  #expect(sign: string, problem: string): void {
    if (!this.#take(sign)) throw new ExpressionError(this.#token.at, problem);
  }
}

function joined(kind: 'all' | 'any', tests: readonly Expression[]): Expression {
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : { kind, of: tests };
}

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end';
  return token.kind === 'number' ? String(token.number) : `"${token.text}"`;
}
