import type { Clock } from '../../../kernel/clock.ts';

/** The store's own clock: it decides who holds what. */
export type StoreClock = Pick<Clock, 'now' | 'monotonicMs'>;
