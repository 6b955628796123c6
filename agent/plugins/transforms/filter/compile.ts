import { messageOf } from '../../../../shared/kernel/errors.ts';
import { getField, hasField } from '../../../records/field-path.ts';
import { GoPattern } from '../../../records/patterns/go-pattern.ts';
import type { LogRecord } from '../../plugin.ts';
import {
  type Comparison,
  type Expression,
  parseExpression,
  type Reading,
  type Scalar,
  type TextTest,
} from './expression.ts';
import { ExpressionError } from './tokens.ts';

/** Whether a record is one that was asked for. */
export type Question = (record: LogRecord) => boolean;

type Value = (record: LogRecord) => unknown;

const PATTERN_LENGTH_MAX = 1_024;

/**
 * Makes one function of an expression.
 *
 * @throws ExpressionError that says where it cannot be understood.
 */
export function compileExpression(source: string): Question {
  return question(parseExpression(source));
}

function question(expression: Expression): Question {
  if (expression.kind === 'not') {
    const inner = question(expression.of);
    return (record) => !inner(record);
  }
  if (expression.kind === 'all' || expression.kind === 'any') {
    return joined(expression.kind, expression.of.map(question));
  }
  return isValue(expression) ? isTrue(value(expression)) : test(expression);
}

type ValueExpression = Extract<Expression, { kind: 'value' | 'field' | 'reading' }>;

function isValue(expression: Expression): expression is ValueExpression {
  return ['value', 'field', 'reading'].includes(expression.kind);
}

function joined(kind: 'all' | 'any', tests: readonly Question[]): Question {
  return kind === 'all'
    ? (record) => tests.every((one) => one(record))
    : (record) => tests.some((one) => one(record));
}

type Test = Exclude<
  Expression,
  ValueExpression | { kind: 'not' } | { kind: 'all' } | { kind: 'any' }
>;

function test(expression: Test): Question {
  switch (expression.kind) {
    case 'exists':
      return (record) => hasField(record, expression.path);
    case 'compare':
      return comparison(expression);
    case 'text':
      return textTest(expression);
    case 'in':
      return isIn(value(expression.left), expression.values);
    case 'matches':
      return matches(value(expression.left), expression);
  }
}

function value(expression: Expression): Value {
  if (!isValue(expression)) return question(expression);
  switch (expression.kind) {
    case 'value':
      return () => expression.value;
    case 'field':
      return fieldValue(expression.path);
    case 'reading':
      return reading(expression.reading, value(expression.of));
  }
}

function fieldValue(path: readonly [string, ...string[]]): Value {
  const [name] = path;
  if (path.length > 1) return (record) => plain(getField(record, path));
  return (record) => (Object.hasOwn(record, name) ? plain(record[name]) : undefined);
}

/** A number that kept its digits is a number all the same. */
function plain(given: unknown): unknown {
  return typeof given === 'object' && given !== null && JSON.isRawJSON(given)
    ? Number(JSON.stringify(given))
    : given;
}

function isTrue(of: Value): Question {
  return (record) => {
    const given = of(record);
    return given === true || given === 'true';
  };
}

function reading(by: Reading, of: Value): Value {
  switch (by) {
    case 'lower':
      return (record) => textOr(of(record), (text) => text.toLowerCase());
    case 'upper':
      return (record) => textOr(of(record), (text) => text.toUpperCase());
    case 'length':
      return (record) => lengthOf(of(record));
    case 'number':
      return (record) => numberOf(of(record));
  }
}

function textOr(given: unknown, change: (text: string) => unknown): unknown {
  return typeof given === 'string' ? change(given) : given;
}

function lengthOf(given: unknown): unknown {
  return typeof given === 'string' || Array.isArray(given) ? given.length : null;
}

/** The number that a text is; null: it is none. */
function numberOf(given: unknown): number | null {
  if (typeof given === 'number') return given;
  if (typeof given !== 'string' || given.trim() === '') return null;
  const number = Number(given);
  return Number.isNaN(number) ? null : number;
}

type Compare = Extract<Expression, { kind: 'compare' }>;

function comparison({ by, left, right }: Compare): Question {
  const of = value(left);
  if (right.kind === 'value') return constantComparison(by, of, right.value);
  const other = value(right);
  return (record) => compares(by, of(record), other(record));
}

function constantComparison(by: Comparison, of: Value, constant: Scalar): Question {
  if (typeof constant !== 'string') return (record) => compares(by, of(record), constant);
  if (by === '==') return (record) => isEqual(of(record), constant);
  return (record) => compares(by, of(record), constant);
}

function compares(by: Comparison, left: unknown, right: unknown): boolean {
  if (by === '==') return isEqual(left, right);
  if (by === '!=') return !isEqual(left, right);
  if (typeof left === 'string' && typeof right === 'string') return inOrder(by, left, right);
  const [a, b] = [numberOf(left), numberOf(right)];
  return a !== null && b !== null && inOrder(by, a, b);
}

/** A text that is a number equals that number, for many parsers make nothing but texts. */
function isEqual(left: unknown, right: unknown): boolean {
  if (left === right || (left ?? null) === (right ?? null)) return true;
  if (typeof left === 'number' && typeof right === 'string') return left === numberOf(right);
  return typeof right === 'number' && typeof left === 'string' && right === numberOf(left);
}

function inOrder<T extends string | number>(
  by: Exclude<Comparison, '==' | '!='>,
  left: T,
  right: T,
): boolean {
  switch (by) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

type TextExpression = Extract<Expression, { kind: 'text' }>;

function textTest({ by, left, right }: TextExpression): Question {
  const of = value(left);
  const part = value(right);
  const holds = TESTS[by];
  return (record) => {
    const [text, searched] = [of(record), part(record)];
    if (by === 'contains' && Array.isArray(text)) return text.includes(searched);
    return typeof text === 'string' && typeof searched === 'string' && holds(text, searched);
  };
}

const TESTS: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
};

function isIn(of: Value, values: readonly Scalar[]): Question {
  const exact = new Set<unknown>(values);
  return (record) => {
    const given = of(record);
    return exact.has(given) || values.some((one) => isEqual(given, one));
  };
}

type Matches = Extract<Expression, { kind: 'matches' }>;

function matches(of: Value, { pattern: source, at }: Matches): Question {
  const pattern = patternAt(source, at);
  return (record) => {
    const given = of(record);
    if (typeof given === 'string') return pattern.test(given);
    return typeof given === 'number' && pattern.test(String(given));
  };
}

function patternAt(source: string, at: number): GoPattern {
  if (source.length > PATTERN_LENGTH_MAX) {
    throw new ExpressionError(at, `the pattern is longer than ${PATTERN_LENGTH_MAX} characters`);
  }
  try {
    return new GoPattern(source);
  } catch (thrown) {
    throw new ExpressionError(at, `"${source}" is no regular expression: ${messageOf(thrown)}`);
  }
}
