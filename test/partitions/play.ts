import { faultsOf, playBadDay } from './bad-day.ts';
import { STORE_SERVERS } from './store-servers.ts';

/**
 * `node test/partitions/play.ts [store ...]`: the bad day at its full size, on each store or those
 * that are named. Exits 1 when an ID was lost or doubled.
 */
const PARTITIONS = 100_000;

const named = process.argv.slice(2);
for (const [type, start] of STORE_SERVERS) {
  if (named.length > 0 && !named.includes(type)) continue;
  const server = await start();
  try {
    const outcome = await playBadDay(server, PARTITIONS);
    const faults = faultsOf(outcome, PARTITIONS);
    const verdict = faults.length === 0 ? 'every ID once' : 'FAILED';
    process.stdout.write(`${type}: ${PARTITIONS} partitions in ${outcome.seconds} s: ${verdict}\n`);
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}
