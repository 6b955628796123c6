/**
 * Hands out what `source` yields, one pull ahead of the consumer: while a value is worked on the
 * next one is being made. An error of the source is thrown when its turn comes. `end` must make a
 * pending pull return: it is called when the consumer leaves early, before that pull is awaited.
 */
export async function* readAhead<T>(
  source: AsyncIterable<T>,
  end: () => void,
): AsyncGenerator<T, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = pull(iterator);
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = pull(iterator);
      yield value;
    }
  } finally {
    end();
    await next.catch(() => undefined);
    await iterator.return?.();
  }
}

function pull<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T, unknown>> {
  const next = iterator.next();
  // It is awaited when its turn comes; until then a failure is nobody's yet.
  next.catch(() => undefined);
  return next;
}
