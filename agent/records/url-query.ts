/** A text as it stands in the query of a URL: a blank is `+`. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/**
 * The text that a part of a query stands for. Bytes that are no UTF-8 become U+FFFD.
 *
 * @throws Error when an escape is none.
 */
export function unescapeQuery(text: string): string {
  return unescapePath(text.replaceAll('+', ' '));
}

/** The same of a part of a path, where `+` stands for itself. */
export function unescapePath(text: string): string {
  if (!text.includes('%')) return text;
  if (/%(?![0-9a-f]{2})/i.test(text)) throw new Error('holds an escape that is none');
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
      Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
  }
}
