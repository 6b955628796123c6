import { basename, dirname, extname, join } from 'node:path';

/** An attempt at a partition, as files are named for it. */
export interface StageOwner {
  readonly key: string;
  readonly partitionId: number;
  /** Of the claim: a later attempt has a greater one. */
  readonly token: number;
}

const SUFFIX = '.part';

/** Where an attempt writes what will be published as part of `path`: hidden, in the same folder. */
export function stagePath(path: string, { key, partitionId, token }: StageOwner): string {
  return join(dirname(path), `.${basename(path)}.${key}.${partitionId}.${token}${SUFFIX}`);
}

/** What a sender of `path` gets of one partition: `out/app.log` becomes `out/app.orders-12.log`. */
export function publishedPath(
  path: string,
  { key, partitionId }: Omit<StageOwner, 'token'>,
): string {
  const extension = extname(path);
  const stem = basename(path, extension);
  return join(dirname(path), `${stem}.${key}-${partitionId}${extension}`);
}

/** Whose a file of this name is; null: no stage of this key. */
export function ownerOf(name: string, key: string): StageOwner | null {
  // No key holds a dot.
  const match = /^\..+\.([^.]+)\.(\d+)\.(\d+)\.part$/.exec(name);
  if (match?.[1] !== key) return null;
  return { key, partitionId: Number(match[2]), token: Number(match[3]) };
}
