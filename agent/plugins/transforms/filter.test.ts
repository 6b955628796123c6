import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../shared/api/json-numbers.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { compileExpression } from './filter/compile.ts';
import { filterTransform } from './filter.ts';

function left(options: Record<string, unknown>, records: Record<string, unknown>[]) {
  return filterTransform.configure(options).open(pluginContext()).apply(records);
}

const RECORD = parseJson(
  '{"status": 503, "code": "404", "path": "/api/users", "level": "ERROR", "user": {"name": "me", ' +
    '"a b": 1}, "tags": ["x", "y"], "ok": true, "none": null, "big": 9007199254740993}',
);

function answer(expr: string): boolean {
  if (typeof RECORD !== 'object' || RECORD === null) throw new Error('it is no record');
  return compileExpression(expr)({ ...RECORD });
}

describe('the transform filter', () => {
  const records = [{ l: 'DEBUG a' }, { l: 'INFO b' }, { m: 'x' }];

  it.each([
    { options: { pattern: '^DEBUG' }, kept: [1, 2], errors: 1 },
    { options: { remove_pattern: '^DEBUG' }, kept: [1, 2], errors: 1 },
    { options: { pattern: '^DEBUG', mode: 'keep' }, kept: [0], errors: 0 },
    { options: {}, kept: [2], errors: 1 },
    { options: { mode: 'keep' }, kept: [0, 1], errors: 0 },
    { options: { key: 'l,m', pattern: 'b|x' }, kept: [0], errors: 0 },
    { options: { key: '', expr: 'l startsWith "DEBUG"' }, kept: [1, 2], errors: 0 },
    { options: { key: '', expr: 'exists(m)', mode: 'keep' }, kept: [2], errors: 0 },
  ])('leaves records $kept by $options', ({ options, kept, errors }) => {
    const result = left({ key: 'l', ...options }, records);

    expect(result.records).toEqual(kept.map((index) => records[index]));
    expect(result.errors).toBe(errors);
  });

  it('looks for the pattern in what is no text, too', () => {
    expect(
      left({ key: 'a.b', pattern: '^20' }, [{ a: { b: 200 } }, { a: { b: 404 } }]).records,
    ).toEqual([{ a: { b: 404 } }]);
  });

  it.each([
    { options: {}, why: 'key: is required unless there is an expr' },
    { options: { key: 'a', expr: 'b' }, why: 'expr: cannot go with key or pattern' },
    { options: { key: 'a', pattern: '(' }, why: 'pattern: "(" is no regular expression' },
    { options: { key: 'a', mode: 'drop' }, why: 'mode: must be "remove" or "keep"' },
    { options: { expr: 'a ==' }, why: 'expr: at character 5: a value is missing at the end' },
  ])('says what is wrong: $why', ({ options, why }) => {
    expect(() => filterTransform.configure(options)).toThrow(why);
  });
});

describe('an expression', () => {
  it.each([
    'status == 503',
    'status = 503 and level == "ERROR"',
    'status >= 500 && status < 600',
    'code == 404 and code >= 400 and code != 405',
    '"404" = code',
    'user.name == "me"',
    'user["a b"] == 1 and user["name"] startsWith "m"',
    'level in ["WARN", "ERROR"] and code in [404]',
    'level not in ["INFO"]',
    'path matches "^/api/\\w+$" and status matches "^5"',
    'path contains "api" and path endsWith "users" and not (path startsWith "/health")',
    'tags contains "x" and length(tags) == 2 and length(level) = 5',
    'lower(level) == "error" and upper(path) == "/API/USERS"',
    'exists(none) and not exists(gone) and gone == null and none == null',
    'ok and ok == true and not none',
    'false or true',
    'big > 9007199254740000',
    'number(code) + 0 == 404'.replace(' + 0', ''),
    "level == 'ERROR' and 'it\\'s' == \"it's\"",
    'not not ok',
    'status != "x" and not (status > "x") and not (level > 5)',
    '(status > 500 or gone) and (ok)',
  ])('is true: %s', (expr) => {
    expect(answer(expr)).toBe(true);
  });

  it.each([
    { expr: '', why: 'at character 1: a value is missing at the end' },
    { expr: 'a == ', why: 'at character 6: a value is missing at the end' },
    { expr: 'a == b c', why: 'at character 8: "c" is not expected' },
    { expr: 'a and and b', why: 'at character 7: a value is missing before "and"' },
    { expr: '(a or b', why: 'at character 8: the bracket of character 1 is not closed' },
    { expr: 'a ~ b', why: 'at character 3: "~" means nothing here' },
    { expr: 'a == "b', why: 'at character 6: the text that begins here has no closing "' },
    { expr: 'a in "b"', why: 'at character 6: behind "in" goes a list' },
    { expr: 'a in [b]', why: 'at character 7: a list holds texts and numbers' },
    { expr: 'a matches b', why: 'at character 11: behind "matches" goes a pattern' },
    { expr: 'a matches "("', why: 'at character 11: "(" is no regular expression' },
    { expr: 'a not b', why: 'at character 7: behind "not" goes in' },
    { expr: 'eval(a)', why: 'at character 1: there is no function "eval"; there are exists' },
    { expr: 'a. == 1', why: 'at character 4: the name of a field is missing' },
    { expr: 'exists("a")', why: 'at character 8: exists() takes the name of a field' },
    { expr: `${'('.repeat(60)}a`, why: 'it is nested deeper than 50 levels' },
    { expr: `a == "${'x'.repeat(5_000)}"`, why: 'it is longer than 4096 characters' },
  ])('says where it is wrong: $why', ({ expr, why }) => {
    expect(() => compileExpression(expr)).toThrow(why);
  });

  it('knows fields of the record alone', () => {
    expect(compileExpression('exists(constructor) or exists(__proto__)')({ a: 1 })).toBe(false);
    expect(compileExpression('toString == null')({})).toBe(true);
  });

  it('is refused or answered, whatever it is', () => {
    const part = fc.constantFrom(
      ...['a', 'a.b', '"x"', '1', 'and', 'or', 'not', 'in', '[', ']', '(', ')', ',', '.', '=='],
      ...['<', 'matches', 'exists', 'lower', 'null', '!', "'", '\\', 'é', '-'],
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        fc.dictionary(fc.string(), fc.json()),
        (parts, record) => {
          const answers = () => compileExpression(parts.join(' '))(record);
          try {
            expect(typeof answers()).toBe('boolean');
          } catch (thrown) {
            expect(String(thrown)).toMatch(/at character \d+: /);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
