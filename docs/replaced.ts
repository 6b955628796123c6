/** The text with what stands between the marks of a part replaced. */
export function replaced(text: string, part: string, content: string): string {
  const pattern = new RegExp(`(<!-- ${part}:[^\n]*-->\n)[\\s\\S]*?(<!-- end of ${part} -->)`);
  if (!pattern.test(text)) throw new Error(`there is no place for the ${part}`);
  return text.replace(pattern, (_, start: string, end: string) => `${start}\n${content}\n\n${end}`);
}
