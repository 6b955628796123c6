import { z } from 'zod';
import { LOGKIT_CODES } from '../../shared/api/codes.ts';
import { decodeBody } from '../../shared/api/go-json.ts';
import { settledUnits } from '../../shared/domain/ledger.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { CheckpointStore } from '../../shared/stores/checkpoint-store.ts';
import type { Aim } from '../operate/aim.ts';
import type { Chosen, DeadLetters } from '../operate/dead-letters.ts';
import type { Positions } from '../operate/positions.ts';
import type { Runners } from '../runner/runners.ts';

const PAGE = { fallback: 100, max: 1_000 };
const RANGES = { fallback: 1_000, max: 10_000 };
const IDS_MAX = 1_000;
/** What one call sends again: its caller waits for the answer. */
const REPLAYED_MAX = 1_000;

const Id = z.int().positive();

const PositionBody = z.object({
  path: z.string().optional(),
  offset: z.int().nonnegative().optional(),
  to: z.string().optional(),
});

const ReplayBody = z.object({
  ids: z.array(Id).max(IDS_MAX).optional(),
  all: z.boolean().default(false),
  after: z.int().nonnegative().default(0),
});

interface RecordRoutesDeps {
  readonly runners: Runners;
  readonly checkpoints: CheckpointStore;
  readonly positions: Positions;
  readonly deadLetters: DeadLetters;
}

/** What an operator does with the record path of a runner: our own, the original has none of it. */
export function recordRoutes(deps: RecordRoutesDeps): Route[] {
  const { runners, positions, deadLetters } = deps;
  const at = '/logkit/runners/:name';
  return [
    route('GET', `${at}/ledger`, 'configGet', (call) =>
      runners.inTurn(nameOf(call), () => ledgerAnswer(call, deps)),
    ),
    route('GET', `${at}/positions`, 'configGet', (call) =>
      runners.inTurn(nameOf(call), () => positions.list(nameOf(call))),
    ),
    route('PUT', `${at}/positions`, 'runnerReset', async (call) =>
      positions.move(nameOf(call), moveOf(call)),
    ),
    route('GET', `${at}/deadletters`, 'configGet', (call) =>
      deadLetters.list(nameOf(call), { after: count(call, 'after', 0), max: limit(call, PAGE) }),
    ),
    route('POST', `${at}/deadletters/replay`, 'senderSend', async (call) =>
      deadLetters.replay(nameOf(call), replayOf(call), REPLAYED_MAX),
    ),
    route('DELETE', `${at}/deadletters`, 'runnerDelete', async (call) =>
      deadLetters.drop(nameOf(call), dropOf(call)),
    ),
  ];
}

function route(
  method: Route['method'],
  path: string,
  code: keyof typeof LOGKIT_CODES,
  answer: Route['answer'],
): Route {
  return { method, path, access: 'user', failure: LOGKIT_CODES[code], answer };
}

async function ledgerAnswer(call: Call, { checkpoints, positions }: RecordRoutesDeps) {
  const name = nameOf(call);
  const after = count(call, 'after', 0);
  const max = limit(call, RANGES);
  const { lanes } = await checkpoints.load(name, crypto.randomUUID());
  const all = await checkpoints.ledger(name);
  const paths = new Map((await positions.list(name)).map(({ source, path }) => [source, path]));
  const ranges = all.slice(after, after + max);
  return {
    senders: [...lanes].map(([sender, lane]) => ({
      ...{ sender, ...lane, settledUnits: settledUnits(lane.settled) },
    })),
    ranges: ranges.map((range) => ({ ...range, path: paths.get(range.source) ?? '' })),
    next: after + ranges.length < all.length ? after + ranges.length : null,
  };
}

function moveOf({ body, contentType }: Call) {
  const { path, offset, to } = decodeBody(PositionBody, { body, contentType }, 'mgr.PositionReq');
  if (offset !== undefined && to !== undefined) throw invalid('give offset or to, not both');
  if (offset === undefined) return { path: path ?? null, aim: aimOf(to ?? '') };
  if (path === undefined) throw invalid('offset needs the path of the file');
  return { path, aim: { to: 'offset', offset } as const };
}

function aimOf(to: string): Aim {
  if (to === 'oldest' || to === 'newest') return { to };
  const timeMs = /^\d{4}-\d\d-\d\d/.test(to) ? Date.parse(to) : Number.NaN;
  if (!Number.isNaN(timeMs)) return { to: 'time', timeMs };
  const given = to === '' ? 'to is missing' : `to: ${JSON.stringify(to)} is no place`;
  throw invalid(`${given}; write "oldest", "newest" or a time such as "2026-11-25T10:00:00Z"`);
}

function replayOf({ body, contentType }: Call): Chosen {
  const given = decodeBody(ReplayBody, { body, contentType }, 'mgr.ReplayReq');
  return chosen(given.ids ?? [], given.all, given.after);
}

function dropOf(call: Call): Chosen {
  const text = call.query('ids');
  const ids = text === '' ? [] : text.split(',').map(Number);
  const parsed = z.array(Id).max(IDS_MAX).safeParse(ids);
  if (!parsed.success) {
    throw invalid(
      `ids: ${JSON.stringify(text)} is no list of at most ${IDS_MAX} ids, such as 1,2,3`,
    );
  }
  return chosen(parsed.data, call.query('all') === 'true', 0);
}

function chosen(ids: readonly number[], all: boolean, after: number): Chosen {
  if (all === ids.length > 0) throw invalid('give the ids of dead letters, or all=true');
  return all ? { all, after } : { ids };
}

function limit(call: Call, { fallback, max }: { fallback: number; max: number }): number {
  const given = count(call, 'limit', fallback);
  if (given > 0 && given <= max) return given;
  throw invalid(`limit: ${given} is not from 1 to ${max}`);
}

function count(call: Call, name: string, fallback: number): number {
  const text = call.query(name);
  if (text === '') return fallback;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(`${name}: ${JSON.stringify(text)} is no whole number`);
}

function nameOf(call: Call): string {
  return call.params['name'] ?? '';
}

function invalid(message: string): AppError {
  return new AppError('invalid', message);
}
