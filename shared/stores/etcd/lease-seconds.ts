const SECOND_MS = 1_000;
/** Less than a second left is told by etcd as 0. */
export const LEFT_MS_MIN = 500;

/** How long a lease still lasts, of which etcd told the seconds; no whole second, where it is less. */
export function leftMsOf(seconds: number): number {
  return Math.max(LEFT_MS_MIN, seconds * SECOND_MS);
}

/** etcd's leases are of whole seconds: of what was asked for nothing is taken away. */
export function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / SECOND_MS));
}
