import { link, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from '../support/bench-case.ts';
import type { LogFile } from '../support/log-files.ts';
import type { Program } from '../support/program.ts';
import { arrival } from './arrival.ts';
import type { OutputCheck } from './output-checks.ts';
import { evenStart, timed } from './timed-run.ts';

/** A program that takes the lines of one file into another. */
interface Peer {
  readonly name: string;
  /** Starts it: it waits for `watched.log` in the folder, and writes `out.log` beside it. */
  readonly start: (dir: string) => Promise<Program>;
  /** What it keeps to itself until it stops. */
  readonly heldBytes: number;
  readonly check: OutputCheck;
}

/** From the moment the file is there until all but what the peer holds back is in the sink. */
export async function peerRun(input: LogFile, peer: Peer, context: BenchContext) {
  const dir = await mkdtemp(join(context.dir, `${peer.name}-`));
  const output = join(dir, 'out.log');
  await using daemon = await peer.start(dir);
  await evenStart(input, context);
  const wait = { heldBytes: peer.heldBytes, signal: context.signal };
  const figures = await timed(input, daemon.pid, async () => {
    await link(input.path, join(dir, 'watched.log'));
    await arrival(input, output, wait);
  });

  await daemon.stop();
  await peer.check(input, output);
  await rm(dir, { recursive: true });
  return figures;
}
