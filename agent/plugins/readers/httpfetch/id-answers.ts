import type { Lines } from '../../../fetch/running-source.ts';
import { type FrameCounts, NO_COUNTS } from '../../../framing/framing.ts';
import type { BatchLimits, PluginContext } from '../../plugin.ts';
import { answered, answeredIfThere, linesOfAnswer } from './ask.ts';
import type { HttpfetchOptions } from './options.ts';

/** Where the asking goes on. */
export interface IdPlace {
  /** The first ID that was not asked for yet, or of whose answer there is more. */
  readonly id: bigint;
  /** So many bytes of that answer were handed out. */
  readonly skip: number;
}

/** A run of lines of one answer, or none. */
export interface IdPart {
  /** Null: there is nothing of this ID. */
  readonly lines: Lines | null;
  /** The server said that there is no such item. */
  readonly isMissing: boolean;
  readonly after: IdPlace;
}

export interface IdAsking {
  readonly options: HttpfetchOptions;
  readonly max: bigint;
  readonly limits: BatchLimits;
  readonly signal: AbortSignal;
  readonly http: PluginContext['http'];
  readonly onCounts: (counts: FrameCounts) => void;
}

/** How many IDs each request asks for; null: all of them. */
export function idsARequest(options: HttpfetchOptions): bigint | null {
  if (asksForOne(options)) return 1n;
  return options.http_ids_a_request === 0 ? null : BigInt(options.http_ids_a_request);
}

export function asksForOne({ http_service_path: path, http_body: body }: HttpfetchOptions) {
  return path.includes('{id}') || body.includes('{id}');
}

/** Asks for one ID, or a run of them, after the other, and gives what is answered in parts. */
export async function* idParts(from: IdPlace, asking: IdAsking): AsyncGenerator<IdPart, undefined> {
  const { options, max } = asking;
  const span = idsARequest(options);
  let { id, skip } = from;
  while (id <= max) {
    const last = span === null || id + span > max ? max : id + span - 1n;
    const body = await ask(id, last, asking);
    yield* partsOf(body, { id, next: last + 1n, skip }, asking);
    id = last + 1n;
    skip = 0;
  }
}

async function ask(
  id: bigint,
  last: bigint,
  { options, http, signal }: IdAsking,
): Promise<string | null> {
  const fill = (text: string) =>
    text
      .replaceAll('{id}', String(id))
      .replaceAll('{min}', String(id))
      .replaceAll('{max}', String(last));
  const one = asksForOne(options);
  return (one ? answeredIfThere : answered)(options, { fill, http, signal });
}

interface Answer {
  readonly id: bigint;
  /** The ID behind those that were asked for. */
  readonly next: bigint;
  readonly skip: number;
}

function* partsOf(
  body: string | null,
  { id, next, skip }: Answer,
  { options, limits, onCounts }: IdAsking,
): Generator<IdPart, undefined> {
  const behind = { id: next, skip: 0 };
  const { parts, counts } = body === null ? NOTHING : linesOfAnswer(options, body, limits);
  onCounts(counts);
  let end = 0;
  let given = 0;
  for (const [nth, lines] of parts.entries()) {
    end += lines.bytes.length;
    if (end <= skip) continue;
    given += 1;
    const isLast = nth === parts.length - 1;
    yield { lines, isMissing: false, after: isLast ? behind : { id, skip: end } };
  }
  if (given === 0) yield { lines: null, isMissing: body === null, after: behind };
}

const NOTHING = { parts: [], counts: NO_COUNTS };
