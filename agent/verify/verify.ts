import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { CheckpointSnapshot } from '../../shared/stores/checkpoint-snapshot.ts';
import { FilePosition } from '../tail/identity.ts';
import { LINE_BYTES_MAX } from '../tail/line-read.ts';
import { type Balance, balanceOf } from './balance.ts';
import { type ContentFinding, checkContent } from './content-check.ts';
import { type CoverageFlaw, coverageFlaws, type ReadUntil, unionOf } from './coverage.ts';
import { passageOf, unitsAreLines } from './passage.ts';
import { RangeChecks, type RangeVerdict } from './range-check.ts';
import { fileSinksOf, mayHaveSender, otherWriter } from './sender-sinks.ts';
import { findSinkFiles } from './sink-files.ts';
import { type FoundSource, findSources } from './source-files.ts';

export interface Verification {
  readonly runner: string;
  readonly configs: ReadonlyMap<string, RunnerConfig>;
  readonly config: RunnerConfig;
  readonly snapshot: CheckpointSnapshot;
  /** Only this sender; null: all. */
  readonly sender: string | null;
  /** Told what is being done now. */
  readonly onStep: (step: string) => void;
}

export interface VerifyReport {
  readonly runner: string;
  readonly isProven: boolean;
  readonly senders: readonly SenderReport[];
}

export interface CheckedRange {
  readonly source: string;
  /** The path of the file as it was read; '' where that is not known any more. */
  readonly path: string;
  readonly generation: number;
  readonly start: number;
  readonly end: number;
  readonly verdict: RangeVerdict;
  /** Units that were delivered. */
  readonly delivered: number;
}

export interface SenderReport {
  readonly sender: string;
  readonly balance: Balance;
  readonly ranges: readonly CheckedRange[];
  readonly flaws: readonly (CoverageFlaw & { readonly path: string })[];
  readonly content: ContentReport;
}

export type ContentReport =
  | { readonly state: 'not compared'; readonly why: string }
  | ({ readonly state: 'compared'; readonly files: number } & ContentFinding);

/**
 * Compares what the ledger of a runner says with its sources and, where records can be told apart,
 * with the files it wrote. Nothing is changed; an agent may be at work meanwhile.
 *
 * @throws AppError `not_found` when the runner has no such sender.
 */
export async function verifyRunner(given: Verification): Promise<VerifyReport> {
  const { snapshot, config, runner } = given;
  const names = sendersOf(given);
  const sources = await findSources(snapshot.positions);
  const checks = new RangeChecks(sources, unitsAreLines(config));
  const senders: SenderReport[] = [];
  for (const sender of names) {
    senders.push(await verifySender(sender, { ...given, sources, checks }));
  }
  return { runner, senders, isProven: senders.every(isProven) };
}

/** Whether nothing of a sender speaks against it. What cannot be checked does not. */
export function isProven({ balance, ranges, flaws, content }: SenderReport): boolean {
  const isContentRight = content.state === 'not compared' || content.verdict !== 'differs';
  const isSame = ranges.every(({ verdict }) => verdict.state !== 'different');
  return balance.isEven && isSame && flaws.length === 0 && isContentRight;
}

interface SenderVerification extends Verification {
  readonly sources: ReadonlyMap<string, FoundSource>;
  readonly checks: RangeChecks;
}

function sendersOf({ runner, snapshot, sender }: Verification): readonly string[] {
  const all = [...snapshot.lanes.keys()].toSorted();
  if (sender === null) return all;
  if (all.includes(sender)) return [sender];
  const hint = all.length === 0 ? 'nothing was read yet' : `there are: ${all.join(', ')}`;
  throw new AppError(
    'not_found',
    `runner ${runner} has no sender ${JSON.stringify(sender)}; ${hint}`,
  );
}

async function verifySender(sender: string, given: SenderVerification): Promise<SenderReport> {
  const { snapshot, config, onStep } = given;
  const pathOf = pathsOf(snapshot);
  const state = snapshot.lanes.get(sender);
  if (state === undefined) throw new AppError('internal', `no state of sender ${sender}`);

  const ranges = await checkRanges(sender, given);
  const covered = [...snapshot.ranges, ...snapshot.buffered].filter(
    (range) => range.sender === sender && range.source !== '',
  );
  const readUntil = mayHaveSender(config, sender) ? readUntilOf(snapshot) : [];
  const flaws = coverageFlaws({ sender, covered, readUntil, moves: snapshot.moves });
  onStep(`${sender}: comparing contents`);
  return {
    ...{ sender, ranges },
    balance: balanceOf(sender, state),
    flaws: flaws.map((flaw) => ({ ...flaw, path: pathOf(flaw.source) })),
    content: await compareContent(sender, ranges, given),
  };
}

async function checkRanges(
  sender: string,
  { snapshot, checks, onStep }: SenderVerification,
): Promise<CheckedRange[]> {
  const pathOf = pathsOf(snapshot);
  const own = snapshot.ranges.filter((range) => range.sender === sender);
  const checked: CheckedRange[] = [];
  for (const range of own) {
    const { source, generation, start, end, units } = range;
    onStep(`${sender}: range ${checked.length + 1} of ${own.length}`);
    const verdict = await checks.check(range);
    const at = { source, path: pathOf(source), generation, start, end };
    checked.push({ ...at, verdict, delivered: units.delivered });
  }
  return checked;
}

async function compareContent(
  sender: string,
  ranges: readonly CheckedRange[],
  { runner, config, configs, snapshot, sources }: SenderVerification,
): Promise<ContentReport> {
  const sink = fileSinksOf(config).get(sender);
  if (sink === undefined) return notCompared('it writes no files');
  const passage = passageOf(config, sink.options);
  if (passage.kind === 'none') return notCompared(passage.why);
  const other = otherWriter(sink.template, runner, configs);
  if (other !== null) return notCompared(`runner ${other} writes to the same files`);

  const isThere = ({ verdict }: CheckedRange) => verdict.state !== 'not checkable';
  const gone = ranges.filter((range) => !isThere(range));
  const sinks = await findSinkFiles(sink.template, snapshot.sinks);
  const finding = await checkContent({
    ...{ sources, sinks, passage },
    settled: unionOf(ranges.filter(isThere)),
    lineBytesMax: config.max_line_len === 0 ? LINE_BYTES_MAX : config.max_line_len,
    absentMax: absentMax(sender, snapshot, passage.kind),
    goneLines: passage.kind === 'ids' ? 0 : gone.reduce((sum, range) => sum + range.delivered, 0),
  });
  return { state: 'compared', files: sinks.length, ...finding };
}

/** Units of which the ledger itself says that they are not in the sink. */
function absentMax(sender: string, { lanes }: CheckpointSnapshot, kind: 'content' | 'ids'): number {
  const settled = lanes.get(sender)?.settled;
  if (settled === undefined) return 0;
  const { deadLettered, dropped, filtered, parseErrors } = settled;
  // Where contents pass through nothing is filtered but blank lines, which are not compared.
  return deadLettered + dropped + (kind === 'ids' ? filtered + parseErrors : 0);
}

function notCompared(why: string): ContentReport {
  return { state: 'not compared', why };
}

function pathsOf({ positions }: CheckpointSnapshot): (source: string) => string {
  return (source) => FilePosition.safeParse(positions.get(source)).data?.path ?? '';
}

function readUntilOf({ positions }: CheckpointSnapshot): ReadUntil[] {
  return [...positions].flatMap(([source, stored]) => {
    const { data } = FilePosition.safeParse(stored);
    return data === undefined ? [] : [{ source, generation: data.generation, offset: data.offset }];
  });
}
