declare global {
  interface JSON {
    /** A number by its text, e.g. `1.0`: JSON.stringify writes exactly that text. */
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/**
 * What a number inside an object or array looks like that a double may not give back text for text:
 * it has an exponent, ends in a zero after its point, has more digits than a double, is so small
 * that JavaScript prints it with an exponent, or is `-0`. It may match inside a string too, which
 * costs time and changes nothing.
 */
const INEXACT =
  /[:,[\s]-?(?:\d+(?:\.\d+)?[eE][+-]?\d+|\d+\.\d*0|[\d.]{16,}|0\.0{6}\d+|(?<=-)0)[\s,}\]]/;
const OBJECT_OR_ARRAY = /^\s*[{[]/;

/**
 * JSON.parse, except that a number which a double does not hold text for text (12345678901234567890,
 * 1.0, 1e400, -0) becomes a `JSON.rawJSON` object: JSON.stringify gives back the same digits.
 *
 * @throws SyntaxError as JSON.parse does.
 */
export function parseJson(text: string): unknown {
  const isPlain = OBJECT_OR_ARRAY.test(text) && !INEXACT.test(text);
  return isPlain ? JSON.parse(text) : JSON.parse(text, exactNumber);
}

function exactNumber(_key: string, value: unknown, { source }: { readonly source?: string }) {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return JSON.rawJSON(source);
}
