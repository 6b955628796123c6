/**
 * How many more partitions a worker may take, so that what there is gets spread over all of them:
 * its part of what is shareable, rounded up, less what it holds, and no more than it has room for.
 */
export function fairShare({
  room,
  held,
  shareable,
  activeWorkers,
}: {
  readonly room: number;
  readonly held: number;
  /** Of all workers: partitions that wait or are held. */
  readonly shareable: number;
  readonly activeWorkers: number;
}): number {
  const part = Math.ceil(shareable / Math.max(1, activeWorkers));
  return Math.min(room, Math.max(0, part - held));
}
