import type { Clock } from '../../../kernel/clock.ts';
import type { RandomSource } from '../../../kernel/random.ts';
import type { LockedDocument } from '../../documents/locked-document.ts';
import { storeOnEngine } from '../engine/store-on-engine.ts';
import type { PartitionStore } from '../partition-store.ts';
import { SimpleSteps } from './simple-steps.ts';

interface SimpleStoreDeps {
  readonly document: LockedDocument;
  readonly namespace: string;
  /** For what waits; who holds what is decided by the clock of the document's place. */
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * The strategy `simple`: a namespace is one document, with a lock a partition that is held. For
 * small numbers of partitions, and plain to look at.
 */
export function simplePartitionStore(deps: SimpleStoreDeps): PartitionStore {
  const steps = new SimpleSteps(deps);
  return {
    identity: deps.document.identity,
    ...storeOnEngine((work) => steps.do(work)),
    close: () => steps.close(),
  };
}
