import { AppError } from './errors.ts';

/**
 * Does what cannot listen to a signal itself: `stop`, which makes it fail, is called when the signal
 * aborts meanwhile.
 *
 * @throws AppError `unavailable` when the signal has aborted before.
 */
export async function stoppable<T>(
  signal: AbortSignal,
  stop: () => void,
  work: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new AppError('unavailable', 'aborted');
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
