import { PARSERS } from '../../agent/plugins/parsers/catalog.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { debianProgram } from '../support/debian-program.ts';
import type { LogFile } from '../support/log-files.ts';
import { Measurements } from '../support/measurements.ts';
import { rounds, rowsWanted } from '../support/run-size.ts';
import { agentRun } from './agent-run.ts';
import type { LineKind, PeerPrograms, Route } from './route.ts';
import { rivalRow } from './route.ts';
import type { Figures } from './timed-run.ts';

/** One row: how its figures are taken, once a round. */
export interface Subject {
  readonly name: string;
  readonly run: () => Promise<Figures>;
}

/** What the lines of routes are in. */
export type Inputs = Readonly<Partial<Record<LineKind, LogFile>>>;

/** All that is to be measured together, in turns. */
interface RouteRuns {
  readonly routes: readonly Route[];
  readonly inputs: Inputs;
  /** Rows besides the routes. */
  readonly others: readonly Subject[];
}

/** Each route and its rivals, once a round; only rows that are wanted. */
export async function measureRoutes(
  { routes, inputs, others }: RouteRuns,
  context: BenchContext,
): Promise<{ readonly measurements: Measurements; readonly outcome: RoutesOutcome }> {
  const peers = {
    rsyslog: await debianProgram('rsyslogd', 'rsyslog', context),
    syslogNg: await debianProgram('syslog-ng', 'syslog-ng-core', context),
  };
  const isWanted = ({ name }: { readonly name: string }) => name.includes(rowsWanted());
  const offered = routes.filter((route) => isWanted(route) && missing(route) === null);
  const subjects = [
    ...offered.flatMap((route) => subjectsOf(route, inputs, peers, context)),
    ...others.filter(isWanted),
  ];

  const measurements = new Measurements();
  const count = rounds();
  for (let round = 1; round <= count; round += 1) {
    for (const { name, run: runOnce } of subjects) {
      const figures = await runOnce();
      measurements.add(name, figures);
      const [[figure, value] = ['', 0]] = Object.entries(figures);
      context.say(`round ${round}/${count}: ${name}: ${figure} ${value.toPrecision(3)}`);
    }
  }
  return { measurements, outcome: outcomeOf(measurements, { routes, offered, peers }) };
}

type RoutesOutcome = Pick<CaseOutcome, 'ratios' | 'notes'>;

/** A route, and beside it whatever it is compared with. */
function subjectsOf(
  route: Route,
  inputs: Inputs,
  peers: PeerPrograms,
  context: BenchContext,
): Subject[] {
  const input = inputs[route.lines];
  if (input === undefined) throw new Error(`there are no lines ${route.lines}`);
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

function outcomeOf(
  measurements: Measurements,
  measured: {
    readonly routes: readonly Route[];
    readonly offered: readonly Route[];
    readonly peers: PeerPrograms;
  },
): RoutesOutcome {
  const { rsyslog, syslogNg } = measured.peers;
  const ratios = measured.offered.flatMap(({ name, targets }) =>
    targets
      .filter(({ to }) => to === undefined || measurements.has(to))
      .map((target) => measurements.ratio({ of: name, ...target })),
  );
  const notes = [
    ...measured.routes.flatMap((route) => missing(route) ?? []),
    ...(rsyslog === null ? ['rsyslog is missing: it was not compared with'] : []),
    ...(syslogNg === null ? ['syslog-ng is missing: it was not compared with'] : []),
  ];
  return { ratios, notes };
}
