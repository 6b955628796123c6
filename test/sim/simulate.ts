import { history } from './history.ts';

/**
 * `node test/sim/simulate.ts [histories] [first seed]`: plays histories of coordinators, and prints
 * the seeds of those in which something was that must never be; `... 1 <seed>` plays that one again.
 */

const HISTORIES = 2_000;
const PROGRESS_EVERY = 200;

const [count = HISTORIES, firstSeed = 1] = process.argv.slice(2).map(Number);
let [claims, kills, bad] = [0, 0, 0];
for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
  const outcome = await history(seed);
  claims += outcome.claims;
  kills += outcome.kills;
  if (outcome.faults.length > 0) bad += 1;
  for (const fault of outcome.faults) process.stdout.write(`seed ${seed}: ${fault}\n`);
  const done = seed - firstSeed + 1;
  if (done % PROGRESS_EVERY === 0) process.stdout.write(`  ${done} of ${count} ...\n`);
}
process.stdout.write(`${count} histories, ${claims} claims, ${kills} kills, ${bad} with faults\n`);
if (bad > 0) process.exitCode = 1;
