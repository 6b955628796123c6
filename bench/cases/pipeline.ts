import { join } from 'node:path';
import { PARSERS } from '../../agent/plugins/parsers/catalog.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { agentRun } from '../pipeline/agent-run.ts';
import { IDLE_FILES, idleFiles } from '../pipeline/idle-files.ts';
import { type PeerPrograms, type Route, rivalRow } from '../pipeline/route.ts';
import { ROUTES } from '../pipeline/routes.ts';
import type { Figures } from '../pipeline/timed-run.ts';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { debianProgram } from '../support/debian-program.ts';
import { accessLine, jsonLine, type LogFile, writeLogFile } from '../support/log-files.ts';
import { Measurements } from '../support/measurements.ts';
import { megabytes, rounds, rowsWanted } from '../support/run-size.ts';

/** One row: how its figures are taken, once a round. */
interface Subject {
  readonly name: string;
  readonly run: () => Promise<Figures>;
}

type Inputs = Readonly<Record<Route['lines'], LogFile>>;

/** How fast the lines of a file get through a whole agent, checkpoints and all. */
export const pipeline: BenchCase = { name: 'pipeline', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  const size = { megabytes: megabytes(), rounds: rounds() };
  const inputs = await written(size.megabytes, context);
  const peers = {
    rsyslog: await debianProgram('rsyslogd', 'rsyslog', context),
    syslogNg: await debianProgram('syslog-ng', 'syslog-ng-core', context),
  };
  const isWanted = ({ name }: { readonly name: string }) => name.includes(rowsWanted());
  const offered = ROUTES.filter((route) => isWanted(route) && missing(route) === null);
  const idle = [{ name: IDLE_FILES, run: () => idleFiles(context) }].filter(isWanted);
  const subjects = [
    ...offered.flatMap((route) => subjectsOf(route, inputs, peers, context)),
    ...idle,
  ];

  const measurements = new Measurements();
  for (let round = 1; round <= size.rounds; round += 1) {
    for (const { name, run: runOnce } of subjects) {
      const figures = await runOnce();
      measurements.add(name, figures);
      const [[figure, value] = ['', 0]] = Object.entries(figures);
      context.say(`round ${round}/${size.rounds}: ${name}: ${figure} ${value.toPrecision(3)}`);
    }
  }
  const settings = { program: 'packed', megabytes: size.megabytes, ...lengths(inputs) };
  return outcome(measurements, offered, settings, peers);
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

/** A route, and beside it whatever it is compared with. */
function subjectsOf(
  route: Route,
  inputs: Inputs,
  peers: PeerPrograms,
  context: BenchContext,
): Subject[] {
  const input = inputs[route.lines];
  const rivals = route.rivals.flatMap((rival) => {
    const runOnce = rival.prepare(peers, context);
    const name = rivalRow(route.name, rival.name);
    return runOnce === null ? [] : [{ name, run: () => runOnce(input) }];
  });
  return [{ name: route.name, run: () => agentRun(route, input, context) }, ...rivals];
}

/** Why a route cannot be measured: the program does not know what it needs. */
function missing({ name, runner }: Route): string | null {
  const { type } = runner.parser;
  if (!PARSERS.some((parser) => parser.type === type)) return `${name}: there is no parser ${type}`;
  const key = Object.keys(runner).find((given) => !(given in RunnerConfig.shape));
  return key === undefined ? null : `${name}: a runner has no ${key}`;
}

function outcome(
  measurements: Measurements,
  offered: readonly Route[],
  settings: CaseOutcome['settings'],
  { rsyslog, syslogNg }: PeerPrograms,
): CaseOutcome {
  const ratios = offered.flatMap(({ name, targets }) =>
    targets
      .filter(({ to }) => to === undefined || measurements.has(to))
      .map((target) => measurements.ratio({ of: name, ...target })),
  );
  const idle = { figure: 'core_percent', of: IDLE_FILES, target: { at_most: 1 } };
  const idleRatios = measurements.has(IDLE_FILES) ? [measurements.ratio(idle)] : [];
  return {
    settings,
    rows: measurements.rows(),
    ratios: [...ratios, ...idleRatios],
    notes: [
      ...ROUTES.flatMap((route) => missing(route) ?? []),
      ...(rsyslog === null ? ['rsyslog is missing: it was not compared with'] : []),
      ...(syslogNg === null ? ['syslog-ng is missing: it was not compared with'] : []),
    ],
  };
}
