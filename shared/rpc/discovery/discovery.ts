import type { Endpoint } from '../../resilience/instance.ts';

/** Port: where the instances of a service are found. */
export interface Discovery {
  /**
   * Tells all instances there are, once they are known and whenever that has changed. Resolves when
   * they are known for the first time; what it resolves with ends it. What was told last goes on to
   * be true while nobody can be asked.
   * @throws AppError when they cannot be found out at first.
   */
  follow(tell: (endpoints: readonly Endpoint[]) => void): Promise<() => Promise<void>>;
}

/** An instance of which nothing but its address is known. */
export function endpointAt(address: string): Endpoint {
  return { id: address, address, weight: 1, zone: '', metadata: {} };
}
