/**
 * The text of a value that is text, a number, or true or false: numbers as JSON writes them, with
 * all their digits.
 *
 * @throws Error when it is an object, a list or null.
 */
export function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (JSON.isRawJSON(value)) return JSON.stringify(value);
  throw new Error('is neither text nor a number');
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NUMBER_LENGTH_MAX = 128;

/**
 * The number that a text is, as JSON writes numbers, so that `007` stays a text; else the text. One
 * that a double does not give back digit for digit is a `JSON.rawJSON` object.
 */
export function numberOrText(text: string): unknown {
  if (text.length > NUMBER_LENGTH_MAX || !JSON_NUMBER.test(text)) return text;
  const value = Number(text);
  return String(value) === text ? value : JSON.rawJSON(text);
}
