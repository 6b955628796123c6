import { z } from 'zod';
import { AppError } from '../../../../shared/kernel/errors.ts';
import type { ElasticServer } from './elastic-server.ts';
import type { ElasticSource } from './elastic-source.ts';
import { PitSnapshot } from './pit-snapshot.ts';
import { ScrollSnapshot } from './scroll-snapshot.ts';
import { indexPath, type Search } from './search.ts';
import type { Snapshot } from './snapshot.ts';

const Opened = z.object({ id: z.string() });
/** The first version whose points in time have an order of their own. */
const PIT_SINCE = { major: 7, minor: 12 };

/** How a server hands out many documents. */
export interface ServerWays {
  /** By points in time; else by scrolls. */
  readonly hasPit: boolean;
  /** Documents may be asked for by their type. */
  readonly isTyped: boolean;
}

/** What the options say of the server, or what it says itself. */
export async function waysOf(
  { version }: ElasticSource,
  server: ElasticServer,
): Promise<ServerWays> {
  if (version !== 'auto') {
    const major = Number.parseInt(version, 10);
    return { hasPit: major > PIT_SINCE.major, isTyped: major < 7 };
  }
  const { major, minor, isOpenSearch, isTyped } = await server.kind();
  const isNew = major > PIT_SINCE.major || (major === PIT_SINCE.major && minor >= PIT_SINCE.minor);
  return { hasPit: !isOpenSearch && isNew, isTyped };
}

interface OpeningOf {
  readonly source: ElasticSource;
  readonly server: ElasticServer;
  readonly ways: ServerWays;
}

export async function openSnapshot(
  { source, server, ways }: OpeningOf,
  indices: readonly string[],
  search: Search,
): Promise<Snapshot> {
  const { keepAlive } = source;
  if (!ways.hasPit) {
    const path = searchPath({ source, ways }, indices, `?scroll=${keepAlive}`);
    return new ScrollSnapshot(server, search, { ...source, path });
  }
  const path = indexPath(source, indices, `_pit?keep_alive=${keepAlive}`);
  const opened = Opened.safeParse(valueOf(await server.ask({ path })));
  if (!opened.success) {
    throw new AppError('unavailable', `${server.where} has not opened a point in time`);
  }
  return new PitSnapshot(server, search, { ...source, id: opened.data.id, after: null });
}

/** Where the documents of some indices are asked for. */
export function searchPath(
  { source, ways }: Pick<OpeningOf, 'source' | 'ways'>,
  indices: readonly string[],
  query = '',
): string {
  const type = ways.isTyped && source.type !== '' ? `${encodeURIComponent(source.type)}/` : '';
  return indexPath(source, indices, `${type}_search${query}`);
}

function valueOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
