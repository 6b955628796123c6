interface Kept {
  /** So many characters at the beginning and at the end stay. */
  readonly first: number;
  readonly last: number;
  /** Stands for each of the others. */
  readonly character: string;
}

/** A text that would be shown whole, since it is short, is masked whole. */
export function maskedBut(text: string, { first, last, character }: Kept): string {
  const characters = Array.from(text);
  const hidden = characters.length - first - last;
  if (hidden <= 0) return character.repeat(characters.length);
  const end = characters.slice(first + hidden).join('');
  return characters.slice(0, first).join('') + character.repeat(hidden) + end;
}
