import type { BenchContext } from './bench-case.ts';
import type { Measurements, RatioAsked } from './measurements.ts';
import { rounds, rowsWanted } from './run-size.ts';

/** One row: how its figures are taken, once a round. `pile` names what that works on. */
export interface Subject {
  readonly name: string;
  readonly run: (pile: string) => Promise<Readonly<Record<string, number>>>;
}

/** What is measured in turns, and how it is compared. */
export interface Part {
  readonly subjects: readonly Subject[];
  readonly ratios: readonly RatioAsked[];
}

/** Each subject once a round. Round 0 is for the compiler. */
export async function measureInTurns(
  parts: readonly Part[],
  measurements: Measurements,
  { say }: BenchContext,
): Promise<void> {
  const subjects = parts
    .flatMap((part) => part.subjects)
    .filter(({ name }) => name.includes(rowsWanted()));
  const count = rounds();
  for (let round = 0; round <= count; round += 1) {
    for (const [nth, { name, run: runOnce }] of subjects.entries()) {
      const figures = await runOnce(`pile-${nth}-${round}`);
      if (round === 0) continue;
      measurements.add(name, figures);
      const [[figure, value] = ['', 0]] = Object.entries(figures);
      say(`round ${round}/${count}: ${name}: ${figure} ${value.toPrecision(3)}`);
    }
  }
}

/** The ratios of which both rows were measured. */
export function ratiosOf(parts: readonly Part[], measurements: Measurements) {
  return parts
    .flatMap((part) => part.ratios)
    .filter(({ of, to = of }) => measurements.has(of) && measurements.has(to))
    .map((ratio) => measurements.ratio(ratio));
}
