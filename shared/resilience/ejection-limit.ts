/** How much of a service may be left without calls. Shares are of the instances that have weight. */
export interface EjectionLimit {
  /** No more than this share is isolated at once, the next one counted in. */
  readonly ejectedShareMax: number;
  /** Where a smaller share than this is well, all get calls: it is not the instances that are ill. */
  readonly panicShare: number;
}

/** Whether one more may be isolated beside those that are. */
export function mayEject(limit: EjectionLimit, isolated: number, instances: number): boolean {
  return isolated + 1 <= limit.ejectedShareMax * instances;
}

export function isPanic(limit: EjectionLimit, well: number, instances: number): boolean {
  return well < limit.panicShare * instances;
}
