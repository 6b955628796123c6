import { join } from 'node:path';
import type { DeliveryResult } from '../../docs/delivery-matrix.ts';
import { CASES } from './cases/catalog.ts';
import type { DeliveryCase } from './support/delivery-case.ts';
import { keepResult } from './support/results.ts';
import { CaseFailure, runCase } from './support/run-case.ts';
import { seedOf } from './support/seed.ts';

/**
 * `node test/delivery/delivery.ts [part of a name]`: plays the cases at their full size, whose name
 * holds the part, and keeps what arrived in results.json. `SEED=...` plays them as they were played
 * before. Exits 1 when something was lost, doubled, out of order or strange.
 */
const RESULTS = join(import.meta.dirname, 'results.json');
const NAMES = CASES.map(({ name }) => name);

const part = process.argv.slice(2).join(' ');
const seed = seedOf(process.env['SEED']);
const wanted = CASES.filter(({ name }) => name.includes(part));
print(`${wanted.length} cases, SEED=${seed}`);
for (const played of wanted) {
  const result = await resultOf(played);
  await keepResult(RESULTS, { [played.name]: result }, NAMES);
  print(`${result.outcome} in ${result.seconds} s: ${played.name}`);
  if (result.why !== '') print(`  ${result.why}`);
  if (result.outcome === 'failed') process.exitCode = 1;
}

async function resultOf(played: DeliveryCase): Promise<DeliveryResult> {
  const { times } = played.full;
  const missing = played.pending ?? played.unable?.() ?? null;
  if (missing !== null) {
    return { outcome: 'not run', why: missing, seed, seconds: 0, times, sinks: [] };
  }
  try {
    const { seconds, verdicts } = await runCase(played, played.full, seed);
    const sinks = verdicts.map(({ passed: _, details: __, ...counts }) => counts);
    return { outcome: 'passed', why: '', seed, seconds, times, sinks };
  } catch (thrown) {
    if (!(thrown instanceof CaseFailure)) throw thrown;
    print(thrown.message);
    const sinks = thrown.verdicts.map(({ passed: _, details: __, ...counts }) => counts);
    return { outcome: 'failed', why: thrown.reason, seed, seconds: 0, times, sinks };
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
