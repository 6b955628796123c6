import { it } from 'vitest';

type Play = (name: string, test: () => void | Promise<void>) => void;

/** A test of what only some plugins promise: of the others there is nothing to play. */
export function promised(isPromised: boolean): Play {
  return isPromised ? (name, test) => it(name, test) : () => undefined;
}
