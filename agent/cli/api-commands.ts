import { resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import { AgentApi } from './agent-api.ts';
import { tableText } from './table.ts';
import { attempt, type CliTools, type CommonOptions, printJson } from './tools.ts';

const EXCERPT_LENGTH = 60;
const FAILED = 1;

/** What every command about one runner of a running agent is given. */
export interface Command {
  readonly runner: string;
  readonly options: CommonOptions;
  readonly tools: CliTools;
}

const Count = z.int();
const Ledger = z.object({
  senders: z.array(
    z.object({
      ...{ sender: z.string(), readUnits: Count, bufferedUnits: Count, deadLetters: Count },
      settled: z.record(z.string(), Count),
    }),
  ),
  ranges: z.array(
    z.object({
      ...{ sender: z.string(), source: z.string(), path: z.string() },
      ...{ generation: Count, start: Count, end: Count, crc: Count },
      units: z.record(z.string(), Count),
    }),
  ),
  next: Count.nullable(),
});

const SourcePositions = z.array(
  z.object({
    ...{ source: z.string(), path: z.string(), generation: Count, offset: Count },
    size: Count.nullable(),
  }),
);

const Moves = z.object({
  moved: z.array(z.object({ source: z.string(), path: z.string(), from: Count, to: Count })),
  skipped: z.array(z.object({ source: z.string(), path: z.string(), why: z.string() })),
});

const Letters = z.object({
  letters: z.array(
    z.object({
      ...{ id: Count, sender: z.string(), source: z.string(), origin: z.string() },
      ...{ generation: Count, start: Count, end: Count },
      ...{ record: z.string(), reason: z.string(), atMs: z.number() },
    }),
  ),
  next: Count.nullable(),
});

const Replayed = z.object({ sent: Count, failed: Count, next: Count.nullable() });

export function ledgerCommand(command: Command): Promise<void> {
  return withAgent(command, async (api, at) => {
    const ranges: z.infer<typeof Ledger>['ranges'] = [];
    let senders: z.infer<typeof Ledger>['senders'] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page: z.infer<typeof Ledger> = await api.ask(Ledger, {
        method: 'GET',
        path: `${at}/ledger?after=${after}`,
      });
      senders = page.senders;
      ranges.push(...page.ranges);
      after = page.next;
    }
    if (command.options.json === true) {
      printJson(command.tools, { senders, ranges });
      return;
    }
    if (senders.length === 0) {
      command.tools.print('nothing is in the ledger yet\n');
      return;
    }
    const lanes = senders.map(({ sender, settled, readUnits, bufferedUnits, deadLetters }) => ({
      ...{ sender, read: readUnits, ...settled, buffered: bufferedUnits, kept: deadLetters },
    }));
    const rows = ranges.map(({ sender, path, generation, start, end, crc }) => ({
      ...{ sender, file: path === '' ? '(gone)' : path, generation, start, end },
      crc32: crc.toString(16).padStart(8, '0'),
    }));
    command.tools.print(`${tableText(lanes)}\n${tableText(rows)}`);
  });
}

export function positionsCommand(command: Command): Promise<void> {
  return withAgent(command, async (api, at) => {
    const positions = await api.ask(SourcePositions, { method: 'GET', path: `${at}/positions` });
    if (command.options.json === true) {
      printJson(command.tools, positions);
      return;
    }
    if (positions.length === 0) {
      command.tools.print('no file was read yet\n');
      return;
    }
    const rows = positions.map(({ path, generation, offset, size, source }) => ({
      ...{ file: path, generation, offset },
      ...{ size: size ?? 'not there', unread: size === null ? '' : Math.max(0, size - offset) },
      source,
    }));
    command.tools.print(tableText(rows));
  });
}

/** `place` is an offset in one file, or a place in all: "oldest", "newest", a time. */
export function moveCommand(
  command: Command,
  place: { path: string; offset: string } | { to: string },
): Promise<void> {
  return withAgent(command, async (api, at) => {
    const body =
      'to' in place
        ? { to: place.to }
        : { path: resolve(place.path), offset: offsetOf(place.offset) };
    const answer = await api.ask(Moves, { method: 'PUT', path: `${at}/positions`, body });
    if (command.options.json === true) {
      printJson(command.tools, answer);
      return;
    }
    for (const { path, from, to } of answer.moved) {
      const note = 'to' in body || to === body.offset ? '' : ', where the next line starts';
      command.tools.print(`${path}: from ${from} to ${to}${note}\n`);
    }
    for (const { path, why } of answer.skipped) command.tools.print(`${path}: not moved: ${why}\n`);
    if (answer.moved.length === 0) command.tools.exitWith(FAILED, 'no position was moved');
  });
}

export function lettersCommand(command: Command, page: { after: string; limit: string }) {
  return withAgent(command, async (api, at) => {
    const query = new URLSearchParams(page).toString();
    const answer = await api.ask(Letters, { method: 'GET', path: `${at}/deadletters?${query}` });
    if (command.options.json === true) {
      printJson(command.tools, answer);
      return;
    }
    if (answer.letters.length === 0) {
      command.tools.print('there are no dead letters\n');
      return;
    }
    const rows = answer.letters.map(({ id, sender, atMs, origin, start, reason, record }) => ({
      ...{ id, sender, time: new Date(atMs).toISOString(), file: origin, at: start },
      ...{ reason: excerpt(reason), record: excerpt(record) },
    }));
    command.tools.print(tableText(rows));
    if (answer.next !== null) command.tools.note(`there are more: add --after ${answer.next}\n`);
  });
}

/** Without ids: all. */
export function replayCommand(command: Command, ids: readonly string[]): Promise<void> {
  return withAgent(command, async (api, at) => {
    let sent = 0;
    let failed = 0;
    for (let after: number | null = 0; after !== null; ) {
      const body = ids.length > 0 ? { ids: ids.map(idOf) } : { all: true, after };
      const path = `${at}/deadletters/replay`;
      const answer: z.infer<typeof Replayed> = await api.ask(Replayed, {
        method: 'POST',
        path,
        body,
      });
      sent += answer.sent;
      failed += answer.failed;
      after = answer.next;
    }
    if (command.options.json === true) printJson(command.tools, { sent, failed });
    else
      command.tools.print(
        `${sent} dead letters were sent, ${failed} were refused again or did not parse\n`,
      );
    if (failed > 0) command.tools.exitWith(FAILED);
  });
}

export function dropCommand(command: Command, ids: readonly string[], all: boolean): Promise<void> {
  return withAgent(command, async (api, at) => {
    if (all === ids.length > 0) {
      throw new AppError('invalid', 'name the ids of the dead letters to drop, or --all');
    }
    const query = all ? 'all=true' : `ids=${ids.map(idOf).join(',')}`;
    const schema = z.object({ dropped: Count });
    const answer = await api.ask(schema, { method: 'DELETE', path: `${at}/deadletters?${query}` });
    if (command.options.json === true) printJson(command.tools, answer);
    else command.tools.print(`${answer.dropped} dead letters were dropped\n`);
  });
}

function withAgent(
  { runner, options, tools }: Command,
  work: (api: AgentApi, at: string) => Promise<void>,
): Promise<void> {
  return attempt(tools, async () => {
    const api = await AgentApi.open(tools.loadConfig(options.file), tools.version);
    try {
      await work(api, `/logkit/runners/${encodeURIComponent(runner)}`);
    } finally {
      await api.close();
    }
  });
}

function offsetOf(text: string): number {
  return wholeNumber(text, 'offset');
}

function idOf(text: string): number {
  return wholeNumber(text, 'id');
}

function wholeNumber(text: string, what: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AppError('invalid', `${what} ${JSON.stringify(text)} is no whole number`);
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}...` : line;
}
