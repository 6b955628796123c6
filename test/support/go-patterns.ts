import fc from 'fast-check';

const ATOMS = [
  ...['a', 'b', '.', '[ab]', '[^a]', '\\d', '\\s', '\\W', '\\b', '^', '$', 'k', '\\.'],
  '[[:alpha:]-]',
];
const atom = fc.constantFrom(...ATOMS);

/** Regular expressions in Go's spelling, small and odd. */
export const { pattern: goPatterns } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    fc
      .tuple(atom, fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?', '??'))
      .filter(([one]) => !['\\b', '^', '$'].includes(one))
      .map((both) => both.join('')),
    fc
      .tuple(
        fc.constantFrom('(', '(?:', '(?i:', '(?m:', '(?s:'),
        fc.array(tie('pattern'), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(')', ')*', ')+', ')?', ')+?', '){0,2}'),
      )
      .map(([open, branches, close]) => `${open}${branches.join('|')}${close}`),
  ),
}));

/** Texts in which such patterns find something now and then. */
export function textsFor(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...Array.from('aAbBkK \n.-1ſé😀')), maxLength });
}
