import { AppError } from '../../kernel/errors.ts';
import { isReply, replyCode } from './redis-errors.ts';
import type { RedisNode } from './redis-place.ts';

/** Which node of its cluster has it, as `from` said; null: it said something else. */
export function movedTo(thrown: unknown, from: RedisNode): RedisNode | null {
  const said = thrown instanceof AppError ? thrown.cause : thrown;
  if (!isReply(said) || replyCode(said) !== 'MOVED') return null;
  const { host, port } = /^MOVED \d+ (?<host>.*):(?<port>\d+)$/.exec(said.message)?.groups ?? {};
  if (port === undefined) return null;
  // A node that does not know its own name is where it was asked.
  return { host: host || from.host, port: Number(port) };
}
