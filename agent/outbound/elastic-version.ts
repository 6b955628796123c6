import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type { HttpSink } from './http-sink.ts';
import { baseOf, type Target } from './http-target.ts';

const Greeting = z.object({
  version: z.object({ number: z.string(), distribution: z.string().optional() }),
});

export interface ServerKind {
  readonly major: number;
  readonly minor: number;
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
  return serverKindOf(target.url, body);
}

/** @throws AppError `unavailable` when the greeting of the server is none. */
export function serverKindOf(url: string, body: string): ServerKind {
  const { version } = greetingOf(url, body);
  const [major = 0, minor = 0] = version.number.split('.').map((part) => Number.parseInt(part, 10));
  const isOpenSearch = version.distribution === 'opensearch';
  return { major, minor, isOpenSearch, isTyped: !isOpenSearch && major < 7 };
}

function greetingOf(url: string, body: string): z.output<typeof Greeting> {
  try {
    return Greeting.parse(JSON.parse(body));
  } catch (cause) {
    throw new AppError('unavailable', `${url} does not say which version it is`, { cause });
  }
}
