/** What is called: the same small message everywhere, `{name}` -> `{message}`. */
export const NAME = 'logkit';

/** The two sides of one kind of calls. */
export interface Sides {
  /** Serves, until the process ends; gives the port. */
  readonly serve: () => Promise<number>;
  readonly connect: (port: number) => Promise<Caller>;
}

export interface Caller {
  /** Rejects unless the answer is right. */
  readonly call: () => Promise<void>;
}

export function requireGreeting(message: unknown): void {
  if (message !== `Hello, ${NAME}!`) throw new Error(`it answered ${String(message)}`);
}
