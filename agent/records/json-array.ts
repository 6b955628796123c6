const LINE_FEED = 0x0a;
const COMMA = 0x2c;

/**
 * The records of a batch as one JSON array, made from their NDJSON: JSON texts hold no line feeds
 * of their own, so each one is a separator.
 */
export function jsonArray(ndjson: Buffer): Buffer {
  if (ndjson.length === 0) return Buffer.from('[]');
  const array = Buffer.allocUnsafe(ndjson.length + 1);
  array.write('[');
  ndjson.copy(array, 1);
  for (let at = array.indexOf(LINE_FEED); at >= 0; at = array.indexOf(LINE_FEED, at + 1)) {
    array[at] = COMMA;
  }
  array.write(']', array.length - 1);
  return array;
}
