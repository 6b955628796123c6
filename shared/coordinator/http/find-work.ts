import type { Call } from '../../http/route.ts';
import type { Administration } from '../administration.ts';

/** Finds the work that a call is about: a process may have several namespaces. */
export type FindWork = (call: Call) => Administration;
