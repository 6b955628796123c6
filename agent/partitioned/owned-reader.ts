import { NO_COUNTS } from '../framing/framing.ts';
import type { Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';

/** What the ids of a partition's sources begin with: the same whoever reads it. */
export function sourcePrefix(key: string, partitionId: number): string {
  return `${key}/${partitionId}/`;
}

/** A reader whose sources are known to all agents by ids that begin with `prefix`. */
export function ownedReader(
  prefix: string,
  opening: ReaderOpening,
  open: (opening: ReaderOpening) => Reader,
): Reader {
  const reader = open({
    ...opening,
    positions: unprefixed(opening.positions, prefix),
    sealed: unprefixed(opening.sealed, prefix),
  });
  return {
    origin: reader.origin,
    batches: owned(reader.batches, prefix),
    lag: () => reader.lag(),
    trouble: () => reader.trouble(),
    counts: () => reader.counts?.() ?? NO_COUNTS,
    isResting: () => reader.isResting?.() ?? false,
    gone: () => (reader.gone?.() ?? []).map((id) => prefix + id),
    ...(reader.isLosing !== undefined && {
      isLosing: async () => (await reader.isLosing?.()) ?? false,
    }),
  };
}

async function* owned(
  batches: AsyncIterable<SourceBatch>,
  prefix: string,
): AsyncGenerator<SourceBatch, undefined> {
  for await (const batch of batches) yield { ...batch, source: prefix + batch.source };
}

function unprefixed<T>(bySource: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  return new Map(
    [...bySource].flatMap(([id, value]) =>
      id.startsWith(prefix) ? [[id.slice(prefix.length), value] as const] : [],
    ),
  );
}
