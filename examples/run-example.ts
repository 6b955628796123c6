import { AppError } from '../shared/coordinator/library.ts';

/** Runs an example until it ends, with what resolves at Ctrl-C or SIGTERM; says what kept it from it. */
export async function runExample(main: (stopAsked: Promise<void>) => Promise<void>): Promise<void> {
  const stopAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  try {
    await main(stopAsked);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    process.stderr.write(`ERROR: ${thrown.message}\n`);
    process.exitCode = 1;
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
