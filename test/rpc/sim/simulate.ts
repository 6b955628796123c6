import { rpcHistory } from './rpc-history.ts';

/**
 * `node test/rpc/sim/simulate.ts [histories] [first seed]`: plays histories of calls that fail over,
 * and prints the seeds of those in which something was that must never be.
 */

const HISTORIES = 1_000;
const PROGRESS_EVERY = 200;

const [count = HISTORIES, firstSeed = 1] = process.argv.slice(2).map(Number);
let [calls, retries, failed, bad] = [0, 0, 0, 0];
for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
  const outcome = await rpcHistory(seed);
  calls += outcome.calls;
  retries += outcome.retries;
  failed += outcome.failed;
  if (outcome.faults.length > 0) bad += 1;
  for (const fault of outcome.faults) process.stdout.write(`seed ${seed}: ${fault}\n`);
  const done = seed - firstSeed + 1;
  if (done % PROGRESS_EVERY === 0) process.stdout.write(`  ${done} of ${count} ...\n`);
}
process.stdout.write(
  `${count} histories, ${calls} calls, ${retries} retries, ${failed} failed calls, ${bad} with faults\n`,
);
if (bad > 0) process.exitCode = 1;
