import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coordinator } from './cases/coordinator.ts';
import { fanout } from './cases/fanout.ts';
import { heartbeats } from './cases/heartbeats.ts';
import { pipeline } from './cases/pipeline.ts';
import { plugins } from './cases/plugins.ts';
import { registry } from './cases/registry.ts';
import { rpc } from './cases/rpc.ts';
import { threads } from './cases/threads.ts';
import type { BenchCase } from './support/bench-case.ts';
import { packedProgram } from './support/packed-program.ts';
import { type CaseResult, keepResults, machineFacts } from './support/results.ts';
import { rowsWanted } from './support/run-size.ts';
import { tableOf } from './support/table.ts';

/**
 * `node bench/bench.ts [case ...]`: measures the program as it is run, each case side by side with
 * a floor or a peer, and keeps the figures in results.json. Needs Linux: processor time and memory
 * are read from /proc. A missed target is marked, not an error; work that was not done is one.
 */

const CASES: readonly BenchCase[] = [
  heartbeats,
  pipeline,
  plugins,
  threads,
  fanout,
  coordinator,
  registry,
  rpc,
];
/** What shells say of a program that was interrupted. */
const STOPPED = 130;
const BAD_USAGE = 2;
const RESULTS = join(import.meta.dirname, 'results.json');

const wanted = chosen(process.argv.slice(2));
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

const machine = machineFacts();
const dir = await mkdtemp(join(tmpdir(), 'logkit-bench-'));
try {
  print('packing the program: what is measured is what its users install');
  const launcher = await packedProgram(join(dir, 'program'), stop.signal);
  for (const { name, run } of wanted) {
    const caseDir = join(dir, name);
    await mkdir(caseDir);
    print(`\n${name}`);
    const say = (text: string) => print(`  ${text}`);
    const outcome = await run({ dir: caseDir, launcher, signal: stop.signal, say });
    const result: CaseResult = { measured_at: new Date().toISOString(), ...outcome };
    // A part of the rows is for whoever is at work on it.
    if (rowsWanted() === '') await keepResults(RESULTS, machine, { [name]: result });
    print(`\n${tableOf(result)}`);
    await rm(caseDir, { recursive: true, force: true });
  }
} catch (thrown) {
  if (!stop.signal.aborted) throw thrown;
  print('stopped');
  process.exitCode = STOPPED;
} finally {
  await rm(dir, { recursive: true, force: true });
}

function chosen(names: readonly string[]): readonly BenchCase[] {
  const unknown = names.find((name) => !CASES.some((known) => known.name === name));
  if (unknown !== undefined) {
    const known = CASES.map(({ name }) => name).join(', ');
    process.stderr.write(`there is no case ${JSON.stringify(unknown)}; there are ${known}\n`);
    process.exit(BAD_USAGE);
  }
  return names.length === 0 ? CASES : CASES.filter(({ name }) => names.includes(name));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
