import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchContext } from '../support/bench-case.ts';
import { type DebianProgram, LIBRARIES, libraryPath } from '../support/debian-program.ts';
import { Program } from '../support/program.ts';
import type { OutputCheck } from './output-checks.ts';
import { peerRun } from './peer-run.ts';
import type { Rival } from './route.ts';

export const RSYSLOG = 'rsyslog';

/** Nothing tells when it watches its folder; this is long enough. */
const SETTLE_MS = 1_000;
const OUTPUT_BUFFER_KIB = 64;
/** It keeps the last buffer to itself until it stops. */
const HELD_BYTES = OUTPUT_BUFFER_KIB * 1024;
/** Under a root, where Debian keeps its modules. */
const MODULES = `${LIBRARIES}/rsyslog`;
/** An action names its rulebase `RULEBASE`; here is where it lies. */
const RULEBASE = 'lines.rulebase';

interface RsyslogOptions {
  /** What a line becomes. */
  readonly template: string;
  /** A module for messages, and what is done with it. */
  readonly module?: string;
  readonly action?: string;
  readonly rulebase?: string;
  readonly check: OutputCheck;
}

/** Debian's rsyslog, which takes the lines of one file into another. */
export function rsyslog(options: RsyslogOptions): Rival {
  return {
    name: RSYSLOG,
    prepare({ rsyslog: program }, context) {
      if (program === null) return null;
      const peer = {
        ...{ name: RSYSLOG, heldBytes: HELD_BYTES, check: options.check },
        start: (dir: string) => started(program, dir, options, context),
      };
      return (input) => peerRun(input, peer, context);
    },
  };
}

async function started(
  { command, root }: DebianProgram,
  dir: string,
  options: RsyslogOptions,
  { signal }: BenchContext,
): Promise<Program> {
  await mkdir(join(dir, 'state'));
  await writeFile(join(dir, 'rsyslog.conf'), configuration(dir, options));
  if (options.rulebase !== undefined) await writeFile(join(dir, RULEBASE), options.rulebase);
  const pidFile = join(dir, 'pid');
  const args = ['-n', '-M', join(root, MODULES), '-f', join(dir, 'rsyslog.conf'), '-i', pidFile];
  const env = { LD_LIBRARY_PATH: libraryPath(root) };
  const program = new Program({ command, args, cwd: dir, env, signal });
  await program.ready(() => stat(pidFile).then(Boolean, () => false));
  await delay(SETTLE_MS, undefined, { signal });
  return program;
}

/**
 * The fastest that keeps the order of the lines: no metadata, large batches, one worker, buffered
 * writes. Its place in the file is kept every 10,000 lines, about as often as we commit ours.
 */
function configuration(dir: string, { template, module, action = '' }: RsyslogOptions): string {
  return `
    global(workDirectory="${dir}/state")
    module(load="imfile" mode="inotify")
    ${module === undefined ? '' : `module(load="${module}")`}
    template(name="line" type="string" string="${template}\\n")
    input(type="imfile" File="${dir}/watched.log" Tag="bench" addMetadata="off"
      persistStateInterval="10000" ruleset="pass")
    ruleset(name="pass" queue.type="FixedArray" queue.size="100000"
      queue.dequeueBatchSize="4096" queue.workerThreads="1") {
      ${action.replaceAll('RULEBASE', join(dir, RULEBASE))}
      action(type="omfile" file="${dir}/out.log" template="line" asyncWriting="on"
        flushOnTXEnd="off" ioBufferSize="${OUTPUT_BUFFER_KIB}k")
    }
  `;
}
