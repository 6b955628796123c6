import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type { HttpSink } from './http-sink.ts';
import { baseOf, type Target } from './http-target.ts';

const Greeting = z.object({
  version: z.object({ number: z.string(), distribution: z.string().optional() }),
});

export interface ServerKind {
  readonly major: number;
  readonly isOpenSearch: boolean;
  /** Documents have a type: so it was before version 7. */
  readonly isTyped: boolean;
}

/**
 * What a server of Elasticsearch or OpenSearch says it is.
 *
 * @throws AppError `unavailable` when it does not say so.
 */
export async function serverKind(
  sink: HttpSink,
  target: Target,
  signal: AbortSignal,
): Promise<ServerKind> {
  const { body } = await sink.post({
    method: 'GET',
    target: { ...target, url: `${baseOf(target)}/` },
    body: '',
    headers: {},
    signal,
  });
  const { version } = greetingOf(target, body);
  const major = Number.parseInt(version.number, 10);
  const isOpenSearch = version.distribution === 'opensearch';
  return { major, isOpenSearch, isTyped: !isOpenSearch && major < 7 };
}

function greetingOf({ url }: Target, body: string): z.output<typeof Greeting> {
  try {
    return Greeting.parse(JSON.parse(body));
  } catch (cause) {
    throw new AppError('unavailable', `${url} does not say which version it is`, { cause });
  }
}
