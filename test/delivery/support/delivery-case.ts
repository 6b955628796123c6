import type { Delivered } from './examine.ts';
import type { Scene } from './scene.ts';

/** How much of a case is done. */
export interface Size {
  readonly lines: number;
  /** How often it is broken: kills, restarts, jumps. */
  readonly times: number;
}

/** One way of breaking the program, and what its sinks must hold in the end. */
export interface DeliveryCase {
  /** The fault of the original that this is, where it is one: contract section 12. */
  readonly fault?: number;
  /** What happens, in words. */
  readonly name: string;
  /** As `npm run test:delivery` does it. */
  readonly full: Size;
  /** As `npm test` does it. */
  readonly reduced: Size;
  /** Why it is not run yet: what the program lacks for it. */
  readonly pending?: string;
  /** Why it cannot be run on this machine, or null. */
  readonly unable?: () => string | null;
  /** Breaks the program, mends it, and waits until it has caught up. */
  run(scene: Scene, size: Size): Promise<readonly Delivered[]>;
}
