import type { CaseOutcome } from './bench-case.ts';
import type { RatioFigure, Spread } from './measurements.ts';

/** A case's figures for a terminal: medians, with min and max. */
export function tableOf({ rows, ratios, notes }: CaseOutcome): string {
  const figures = rows.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([figure, spread]) => [name, figure, spreadText(spread), '']),
  );
  const held = ratios.map((ratio) => [ratio.name, ratio.figure, spreadText(ratio), verdict(ratio)]);
  return [...aligned([...figures, ...held]), ...notes.map((note) => `  note: ${note}`)].join('\n');
}

function spreadText({ median, min, max }: Spread): string {
  return `${median}  (${min} - ${max})`;
}

function verdict({ target }: RatioFigure): string {
  if (target === null) return '';
  const limit = 'at_least' in target ? `>= ${target.at_least}` : `<= ${target.at_most}`;
  return target.met ? `${limit}  met` : `${limit}  MISSED`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
