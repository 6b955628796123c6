import { discoveryPart } from '../registry/discovery.ts';
import { registryOnEtcdPart } from '../registry/on-etcd.ts';
import { renewalsPart } from '../registry/renewals.ts';
import { watchingPart } from '../registry/watching.ts';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { Measurements } from '../support/measurements.ts';
import { measureInTurns, ratiosOf } from '../support/part.ts';

/** How fast instances are renewed, found and watched, beside bare servers. */
export const registry: BenchCase = { name: 'registry', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  const measurements = new Measurements();
  const ratios = [];
  // One after the other: what is idle beside them would still cost some.
  for (const partOf of [renewalsPart, discoveryPart, watchingPart, registryOnEtcdPart]) {
    await using cleanup = new AsyncDisposableStack();
    const part = await partOf(context, cleanup);
    await measureInTurns([part], measurements, context);
    ratios.push(...ratiosOf([part], measurements));
  }
  return {
    settings: { store: 'SQLite (WAL), where none is named', connections: 64 },
    rows: measurements.rows(),
    ratios,
    notes: [],
  };
}
