import { AppError } from '../../kernel/errors.ts';
import { RegistryError } from '../registry-error.ts';
import type { Operation } from './operations.ts';

/** What a caller is told that has sent what cannot be read. */
const UNREADABLE = '解析请求失败';

/**
 * What has gone wrong, as the API says it: an outage is never taken for an instance that is not
 * there, nor for something that the caller could mend.
 */
export function inWords(
  thrown: unknown,
  { failed, unknown = failed }: Pick<Operation, 'failed' | 'unknown'>,
): unknown {
  if (!(thrown instanceof RegistryError)) return thrown;
  const options = { cause: thrown };
  const said = thrown.toString();
  switch (thrown.kind) {
    case 'not_found':
      return new AppError('not_found', `${unknown}: ${said}`, options);
    case 'invalid':
      return new AppError('invalid', `${UNREADABLE}: ${thrown.message}`, options);
    case 'unavailable':
    case 'timeout':
      return new AppError(thrown.kind, `${failed}: ${said}`, options);
    case 'conflict':
    case 'forbidden':
    case 'internal':
      return new AppError('internal', said, options);
  }
}
