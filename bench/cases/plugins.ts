import { join } from 'node:path';
import { PARSER_ROUTES } from '../pipeline/parser-routes.ts';
import { measureRoutes } from '../pipeline/route-runs.ts';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { writeLogFile } from '../support/log-files.ts';
import { appLine, csvLine, logfmtLine, syslogLine } from '../support/parser-lines.ts';
import { megabytes } from '../support/run-size.ts';

/** How fast lines that have to be taken apart get through a whole agent, each kind to a file. */
export const plugins: BenchCase = { name: 'plugins', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  const size = megabytes();
  const write = (name: string, lineOf: (index: number) => string) =>
    writeLogFile(join(context.dir, name), size * 1e6, lineOf);
  const inputs = {
    csv: await write('csv.log', csvLine),
    logfmt: await write('logfmt.log', logfmtLine),
    syslog: await write('syslog.log', syslogLine),
    app: await write('app.log', appLine),
  };
  context.say(`csv, logfmt, syslog and the log of an application, ${size} MB each`);
  const runs = { routes: PARSER_ROUTES, inputs, others: [] };
  const { measurements, outcome } = await measureRoutes(runs, context);
  const lengths = new Map<string, number>();
  for (const [name, { bytes, lines }] of Object.entries(inputs)) {
    lengths.set(`bytes_a_line_${name}`, Math.round(bytes / lines));
  }
  return {
    settings: { program: 'packed', megabytes: size, ...Object.fromEntries(lengths) },
    rows: measurements.rows(),
    ...outcome,
  };
}
