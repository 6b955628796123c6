import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from '../support/bench-case.ts';
import { type DebianProgram, libraryPath } from '../support/debian-program.ts';
import { Program } from '../support/program.ts';
import type { OutputCheck } from './output-checks.ts';
import { peerRun } from './peer-run.ts';
import type { Rival } from './route.ts';

export const SYSLOG_NG = 'syslog-ng';

/** Of the configuration; a newer program reads it as this one would. */
const VERSION = '3.38';
const MODULES = `usr/lib/syslog-ng/${VERSION}`;

interface SyslogNgOptions {
  /** What a line becomes. */
  readonly template: string;
  readonly parser?: string;
  readonly check: OutputCheck;
}

/** Debian's syslog-ng, which takes the lines of one file into another. */
export function syslogNg(options: SyslogNgOptions): Rival {
  return {
    name: SYSLOG_NG,
    prepare({ syslogNg: program }, context) {
      if (program === null) return null;
      const peer = {
        ...{ name: SYSLOG_NG, heldBytes: 0, check: options.check },
        start: (dir: string) => started(program, dir, options, context),
      };
      return (input) => peerRun(input, peer, context);
    },
  };
}

async function started(
  { command, root }: DebianProgram,
  dir: string,
  options: SyslogNgOptions,
  { signal }: BenchContext,
): Promise<Program> {
  const file = (name: string) => join(dir, name);
  await writeFile(file('syslog-ng.conf'), configuration(dir, options));
  const own = ['-p', file('pid'), '-c', file('control'), '-R', file('persist')];
  const modules = `--module-path=${join(root, MODULES)}`;
  const args = ['-F', '--no-caps', modules, '-f', file('syslog-ng.conf'), ...own];
  const env = { LD_LIBRARY_PATH: libraryPath(root) };
  const program = new Program({ command, args, cwd: dir, env, signal });
  await program.ready(() => stat(file('control')).then(Boolean, () => false));
  return program;
}

/** Large fetches and flushes, several threads, no syslog header looked for, nothing dropped. */
function configuration(dir: string, { template, parser }: SyslogNgOptions): string {
  return `@version: ${VERSION}
    options { stats-freq(0); log-msg-size(65536); threaded(yes); };
    source lines {
      file("${dir}/watched.log" flags(no-parse) follow-freq(0.05)
        log-fetch-limit(10000) log-iw-size(100000));
    };
    destination sink {
      file("${dir}/out.log" template("${template}\\n") log-fifo-size(200000) flush-lines(10000));
    };
    log {
      source(lines);
      ${parser === undefined ? '' : `parser { ${parser}; };`}
      destination(sink);
      flags(flow-control);
    };
  `;
}
