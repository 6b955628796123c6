import { type JSONVisitor, printParseErrorCode, visit } from 'jsonc-parser';
import { parseJson } from '../api/json-numbers.ts';
import { AppError } from '../kernel/errors.ts';

/** Longer texts are refused: a configuration is written by people. */
export const CONFIG_CHARACTERS_MAX = 1_048_576;
const DEPTH_MAX = 100;

/** A string (closed or not, it ends with its line), a comment, or a bracket. */
const TOKEN =
  /"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"?|#[^\r\n]*|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|[{}[\]]/g;

type SyntaxProblem = ReturnType<typeof printParseErrorCode>;

/** What is wrong, and what would be right. */
const PROBLEMS: Readonly<Partial<Record<SyntaxProblem, string>>> = {
  InvalidSymbol:
    'this is neither a key nor a value; write keys and text in double quotes, or a number, true, false, null',
  InvalidNumberFormat: 'this is no number; write digits such as 15 or 0.5',
  PropertyNameExpected: 'a key is missing here; write it in double quotes',
  ValueExpected: 'a value is missing here; write text in double quotes, a number, true or false',
  ColonExpected: 'the colon is missing; write : between the key and its value',
  CommaExpected: 'the comma before this is missing; write , after the value before it',
  CloseBraceExpected: 'the brace is not closed; write } after the last value',
  CloseBracketExpected: 'the bracket is not closed; write ] after the last value',
  EndOfFileExpected: 'there is text after the end; write one { ... } and nothing behind it',
  UnexpectedEndOfString: 'the text is not closed; write " at its end',
  InvalidUnicode: 'this is no \\u escape; write \\u and four hexadecimal digits',
  InvalidEscapeCharacter: 'this escape is unknown; write \\\\ for one backslash',
  InvalidCharacter: 'this character cannot stand in a text; write it as an escape, e.g. \\t',
};

/** Where something is wrong in a text; becomes an AppError once the file is known. */
interface Problem {
  readonly offset: number;
  readonly text: string;
}

/**
 * Reads a configuration: JSON that may hold comments (from `#` or `//` to the end of the line, or
 * between the C marks) and a comma after the last value. Numbers that a double cannot hold keep
 * their digits, see `parseJson`.
 *
 * @throws AppError `invalid`: `<file>:<line>:<column>: <what is wrong>; <what would be right>`.
 */
export function parseConfigText(text: string, file: string): unknown {
  const given = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (given.length > CONFIG_CHARACTERS_MAX) {
    throw new AppError('invalid', `${file}: is longer than ${CONFIG_CHARACTERS_MAX} characters`);
  }
  const outcome = toPlainJson(given);
  if (typeof outcome !== 'string') {
    throw new AppError('invalid', `${file}:${positionOf(given, outcome.offset)}: ${outcome.text}`);
  }
  try {
    return parseJson(outcome);
  } catch (cause) {
    throw new AppError('invalid', `${file}: is no JSON`, { cause });
  }
}

/** The same text with blanks for comments and surplus commas, so that every position stays true. */
function toPlainJson(text: string): string | Problem {
  if (text.trim() === '') return { offset: 0, text: 'the file is empty; write { ... }' };
  const blanked = blankComments(text);
  return typeof blanked === 'string' ? blankTrailingCommas(blanked) : blanked;
}

function blankComments(text: string): string | Problem {
  const problems: Problem[] = [];
  let depth = 0;
  const blanked = text.replace(TOKEN, (token, offset: number) => {
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth > DEPTH_MAX) problems.push({ offset, text: `nests deeper than ${DEPTH_MAX} levels` });
    if (!/^[#/]/.test(token)) return token;
    if (token.startsWith('/*') && !/^\/\*[\s\S]*\*\/$/.test(token)) {
      problems.push({ offset, text: 'the comment is not closed; write */ at its end' });
    }
    return token.replace(/[^\r\n]/g, ' ');
  });
  return problems[0] ?? blanked;
}

function blankTrailingCommas(text: string): string | Problem {
  const problems: Problem[] = [];
  const surplus: number[] = [];
  const objects: Set<string>[] = [];
  let comma: number | null = null;

  const begin = () => (comma = null);
  const end = () => {
    if (comma !== null) surplus.push(comma);
    comma = null;
  };
  const visitor: JSONVisitor = {
    onObjectBegin: () => {
      begin();
      objects.push(new Set());
    },
    onObjectProperty: (key, offset) => {
      begin();
      if (objects.at(-1)?.has(key)) problems.push({ offset, text: duplicate(key) });
      objects.at(-1)?.add(key);
    },
    onObjectEnd: () => {
      end();
      objects.pop();
    },
    onArrayBegin: () => void begin(),
    onArrayEnd: end,
    onLiteralValue: () => void begin(),
    onSeparator: (character, offset) => {
      if (character === ',') comma = offset;
    },
    onError: (code, offset) => {
      const text = PROBLEMS[printParseErrorCode(code)];
      problems.push({ offset, text: text ?? 'this is no JSON' });
    },
  };
  visit(text, visitor, { disallowComments: true, allowTrailingComma: true });
  return problems[0] ?? withBlanks(text, surplus);
}

function duplicate(key: string): string {
  return `the key ${JSON.stringify(key)} stands here a second time; remove one of the two`;
}

function withBlanks(text: string, offsets: readonly number[]): string {
  let blanked = '';
  let from = 0;
  for (const offset of offsets) {
    blanked += `${text.slice(from, offset)} `;
    from = offset + 1;
  }
  return blanked + text.slice(from);
}

/** `<line>:<column>`, both from 1, as editors count. */
function positionOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}
