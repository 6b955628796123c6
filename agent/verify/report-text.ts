import type { LineFlaws } from './line-tally.ts';
import { type ContentReport, isProven, type SenderReport, type VerifyReport } from './verify.ts';

/** Ranges of one kind that are shown; all are counted. */
const SHOWN_MAX = 20;

/** A report for people: what was compared, and each thing that is wrong. */
export function reportText(report: VerifyReport): string {
  const { runner, senders } = report;
  if (senders.length === 0)
    return `runner ${runner}: nothing is in the ledger yet, so there is nothing to prove\n`;
  const verdict = report.isProven ? 'nothing is wrong' : 'FLAWS FOUND';
  const lines = [`runner ${runner}: ${verdict}`, ...senders.flatMap(senderLines)];
  return `${lines.join('\n')}\n`;
}

function senderLines(report: SenderReport): string[] {
  return [
    '',
    `sender ${report.sender}: ${isProven(report) ? 'ok' : 'FLAWED'}`,
    ...balanceLines(report),
    ...rangeLines(report),
    ...coverageLines(report),
    ...contentLines(report.content),
  ];
}

function balanceLines({ balance: { state, settledUnits, isEven } }: SenderReport): string[] {
  const { delivered, filtered, parseErrors, deadLettered, dropped } = state.settled;
  const parts = Object.entries({
    delivered,
    filtered,
    'parse errors': parseErrors,
    'dead letters': deadLettered,
    dropped,
    buffered: state.bufferedUnits,
  }).filter(([name, count]) => count > 0 || name === 'delivered');
  const sum = parts.map(([name, count]) => `${count} ${name}`).join(' + ');
  const letters = state.deadLetters === 0 ? [] : [`  ${state.deadLetters} dead letters are kept`];
  if (isEven) return [`  read ${state.readUnits} units = ${sum}`, ...letters];
  const { readBytes, settledBytes, bufferedSourceBytes } = state;
  return [
    `  UNEVEN: read ${state.readUnits} units, but ${settledUnits + state.bufferedUnits} are accounted for: ${sum}`,
    `  UNEVEN: read ${readBytes} bytes, settled ${settledBytes}, buffered ${bufferedSourceBytes}`,
    ...letters,
  ];
}

function rangeLines({ ranges }: SenderReport): string[] {
  const of = (state: string) => ranges.filter(({ verdict }) => verdict.state === state);
  const bytesOf = (some: typeof ranges) =>
    some.reduce((sum, { start, end }) => sum + end - start, 0);
  const unchecked = of('not checkable');
  const reasons = new Set(
    unchecked.map(({ verdict }) => (verdict.state === 'same' ? '' : verdict.why)),
  );
  const different = of('different').map(({ path, start, end, verdict }) => {
    const why = verdict.state === 'same' ? '' : verdict.why;
    return `  DIFFERENT ${placeText({ path, start, end })}: ${why}`;
  });
  return [
    `  compared with the source: ${bytesOf(of('same'))} bytes are the same`,
    ...(unchecked.length === 0
      ? []
      : [`  not checkable: ${bytesOf(unchecked)} bytes (${[...reasons].join('; ')})`]),
    ...shortened(different),
  ];
}

function coverageLines({ flaws }: SenderReport): string[] {
  const lines = flaws.map(({ kind, isByHand, ...place }) => {
    const byHand = isByHand ? ', moved by hand' : '';
    return `  ${kind.toUpperCase()} ${placeText(place)}${byHand}`;
  });
  return shortened(lines);
}

function contentLines(content: ContentReport): string[] {
  if (content.state === 'not compared') return [`  contents not compared: ${content.why}`];
  const { verdict, sourceLines, sinkLines, files, flaws, lookedAt } = content;
  const counts = `${sourceLines} lines of the source, ${sinkLines} in ${files} files`;
  const part = lookedAt === 1 ? '' : `, ${(lookedAt * 100).toFixed(1)}% counted one by one`;
  if (verdict !== 'differs') return [`  contents ${verdict}: ${counts}${part}`];
  return [`  CONTENTS DIFFER: ${counts}${part}`, ...(flaws === null ? [] : flawLines(flaws))];
}

function flawLines(flaws: LineFlaws): string[] {
  const kinds = [
    { word: 'MISSING', ...flaws.missing },
    { word: 'DOUBLED', ...flaws.doubled },
    { word: 'NOT OF THE SOURCE', ...flaws.strange },
  ];
  return kinds
    .filter(({ lines }) => lines > 0)
    .flatMap(({ word, lines, examples }) => [
      `    ${word}: ${lines} lines`,
      ...examples.map(
        ({ path, offset, text }) => `      ${path} at ${offset}: ${JSON.stringify(text)}`,
      ),
    ]);
}

interface Place {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

function placeText({ path, start, end }: Place): string {
  const file = path === '' ? 'a file that is gone' : path;
  return `${file} bytes ${start} to ${end} (${end - start})`;
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN_MAX) return [...lines];
  return [...lines.slice(0, SHOWN_MAX), `  ... and ${lines.length - SHOWN_MAX} more`];
}
