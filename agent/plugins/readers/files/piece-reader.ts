import { z } from 'zod';
import { addCounts, type FrameCounts, NO_COUNTS } from '../../../framing/framing.ts';
import type { Reader, ReaderOpening, SourceBatch } from '../../plugin.ts';
import type { FilePiece } from './file-piece.ts';
import { type PieceReading, pieceBatches } from './piece-batches.ts';

/** The one source of a partition. */
const SOURCE = 'piece';

const Position = z.object({ offset: z.int().nonnegative(), inLine: z.boolean() });

/** Reads one piece, and ends. */
export function openPieceReader(
  piece: FilePiece,
  how: Pick<PieceReading, 'tools' | 'encoding' | 'skipsFirstLine'>,
  { positions, sealed, limits, signal }: ReaderOpening,
): Reader {
  const { path: origin } = piece;
  let counts: FrameCounts = NO_COUNTS;
  let left = piece.end - piece.start;
  const position = Position.safeParse(positions.get(SOURCE));
  const pieces = pieceBatches(piece, position.data ?? null, {
    ...{ ...how, limits, signal, sealed: sealed.get(SOURCE) ?? null },
    onCounts: (more) => {
      counts = addCounts(counts, more);
    },
    onLeft: (bytes) => {
      left = bytes;
    },
  });
  async function* batches(): AsyncGenerator<SourceBatch, undefined> {
    try {
      for await (const batch of pieces) {
        yield { ...batch, source: SOURCE, origin, range: { ...batch.range, generation: 0 } };
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }
  return {
    ...{ origin, batches: batches(), lag: () => ({ bytes: left }) },
    ...{ counts: () => counts, trouble: () => null },
  };
}
