import { describe, it } from 'vitest';
import type { DeliveryCase } from './delivery-case.ts';
import { runCase } from './run-case.ts';
import { seedOf } from './seed.ts';

const CASE_MS_MAX = 240_000;

/** The cases at their reduced size, as tests. */
export function describeCases(title: string, cases: readonly DeliveryCase[]): void {
  const seed = seedOf(process.env['SEED']);
  describe(`${title} (SEED=${seed})`, () => {
    for (const played of cases) {
      const missing = played.pending ?? played.unable?.() ?? null;
      const fault = played.fault === undefined ? '' : `fault ${played.fault} of the original: `;
      const name = fault + played.name + (missing === null ? '' : ` (not run: ${missing})`);
      it.skipIf(missing !== null)(name, () => runCase(played, played.reduced, seed), CASE_MS_MAX);
    }
  });
}
