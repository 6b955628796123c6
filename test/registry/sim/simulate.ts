import { registryHistory } from './registry-history.ts';

/**
 * `node test/registry/sim/simulate.ts [histories] [first seed]`: plays histories of registries, and
 * prints the seeds of those in which something was that must never be; `... 1 <seed>` plays that one
 * again.
 */

const HISTORIES = 1_000;
const PROGRESS_EVERY = 200;

const [count = HISTORIES, firstSeed = 1] = process.argv.slice(2).map(Number);
const counts = new Map<string, number>();
let bad = 0;
for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
  const outcome = await registryHistory(seed);
  for (const [what, times] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + times);
  if (outcome.faults.length > 0) bad += 1;
  for (const fault of outcome.faults) process.stdout.write(`registry seed ${seed}: ${fault}\n`);
  const done = seed - firstSeed + 1;
  if (done % PROGRESS_EVERY === 0) process.stdout.write(`  ${done} of ${count} ...\n`);
}
const told = [...counts].map(([what, times]) => `${times} ${what}`).join(', ');
process.stdout.write(`${count} histories of registries, ${told}; ${bad} with faults\n`);
if (bad > 0) process.exitCode = 1;
