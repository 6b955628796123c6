import type { ReaderOpening } from '../plugins/plugin.ts';
import type { Discovered } from './follow-set.ts';
import { FilePosition, fileKey, newSourceId } from './identity.ts';
import { announcement, type Prepared } from './prepared-reader.ts';

interface Importing {
  /** Positions that another program has left. */
  readonly imports: () => Promise<readonly FilePosition[]>;
  readonly discover: () => Promise<Discovered>;
  readonly wants: (path: string) => boolean;
}

interface Known {
  readonly source: string;
  readonly position: FilePosition;
}

/** Whether positions of another program are to be taken over: never yet, or not all of them. */
export function mayTakeOver(positions: ReaderOpening['positions']): boolean {
  return positions.size === 0 || knownOf(positions).some(isPart);
}

/**
 * Positions of another program beside those that are known. Until the last one is settled, each says
 * that there are others to come: a start that is cut short is made again.
 *
 * @throws the system's error when they cannot be read.
 */
export async function takenOver(
  stored: ReaderOpening['positions'],
  importing: Importing,
): Promise<Prepared> {
  const known = knownOf(stored);
  const imported = await wantedOf(known, importing);
  const whole = [...known.filter(isPart), ...imported].map(({ source, position }) => ({
    source,
    position: { ...position, isPartOfImport: undefined },
  }));
  const parts = imported.map(({ source, position }) =>
    announcement(source, { ...position, isPartOfImport: true }),
  );
  return {
    announced: [...parts, ...whole.map(({ source, position }) => announcement(source, position))],
    positions: new Map([
      ...stored,
      ...whole.map(({ source, position }): [string, unknown] => [source, position]),
    ]),
    gone: [],
  };
}

async function wantedOf(known: readonly Known[], importing: Importing): Promise<Known[]> {
  const positions = await importing.imports();
  if (positions.length === 0) return [];
  const { files } = await importing.discover();
  const found = new Set(files.map(({ key }) => key));
  const keys = new Set(known.map(({ position }) => fileKey(position)));
  return positions
    .filter((position) => importing.wants(position.path) || found.has(fileKey(position)))
    .filter((position) => !keys.has(fileKey(position)))
    .map((position) => ({ source: sourceOf(position), position }));
}

function knownOf(positions: ReaderOpening['positions']): Known[] {
  return [...positions].flatMap(([source, stored]) => {
    const { success, data } = FilePosition.safeParse(stored);
    return success ? [{ source, position: data }] : [];
  });
}

function isPart({ position }: Known): boolean {
  return position.isPartOfImport === true;
}

function sourceOf({ dev, ino, born, path, head }: FilePosition): string {
  const stats = { dev: BigInt(dev), ino: BigInt(ino), birthtimeNs: BigInt(born) };
  return newSourceId(stats, path, head);
}
