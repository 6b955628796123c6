import { join } from 'node:path';
import { IDLE_FILES, idleFiles } from '../pipeline/idle-files.ts';
import { measureRoutes } from '../pipeline/route-runs.ts';
import { ROUTES } from '../pipeline/routes.ts';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { accessLine, jsonLine, type LogFile, writeLogFile } from '../support/log-files.ts';
import { megabytes } from '../support/run-size.ts';

/** How fast the lines of a file get through a whole agent, checkpoints and all. */
export const pipeline: BenchCase = { name: 'pipeline', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  const size = megabytes();
  const inputs = await written(size, context);
  const others = [{ name: IDLE_FILES, run: () => idleFiles(context) }];
  const runs = { routes: ROUTES, inputs, others };
  const { measurements, outcome } = await measureRoutes(runs, context);

  const idle = { figure: 'core_percent', of: IDLE_FILES, target: { at_most: 1 } };
  const idleRatios = measurements.has(IDLE_FILES) ? [measurements.ratio(idle)] : [];
  return {
    settings: { program: 'packed', megabytes: size, ...lengths(inputs) },
    rows: measurements.rows(),
    ratios: [...outcome.ratios, ...idleRatios],
    notes: outcome.notes,
  };
}

interface Inputs {
  readonly access: LogFile;
  readonly json: LogFile;
}

async function written(megabytesEach: number, { dir, say }: BenchContext): Promise<Inputs> {
  const bytes = megabytesEach * 1e6;
  const access = await writeLogFile(join(dir, 'access.log'), bytes, accessLine);
  const json = await writeLogFile(join(dir, 'json.log'), bytes, jsonLine);
  say(`${access.lines} lines of an access log, ${json.lines} of JSON, ${megabytesEach} MB each`);
  return { access, json };
}

function lengths({ access, json }: Inputs) {
  return {
    bytes_an_access_line: Math.round(access.bytes / access.lines),
    bytes_a_json_line: Math.round(json.bytes / json.lines),
  };
}
