import { problemsText } from '../domain/problems-text.ts';
import { AppError } from '../kernel/errors.ts';
import {
  ClientConfig,
  type ClientConfigInput,
  type MethodConfig,
} from '../resilience/failover-config.ts';
import type { ServiceDefinition } from './proto/service-definition.ts';

/**
 * The configuration of a client of that service. What its `.proto` file calls idempotent is so.
 * @throws AppError `invalid` that says what is wrong.
 */
export function readClientConfig(
  given: ClientConfigInput,
  { fullName, methods }: ServiceDefinition,
): ClientConfig {
  const read = ClientConfig.safeParse(given);
  if (!read.success) {
    throw new AppError(
      'invalid',
      `the configuration of a client of ${fullName}: ${problemsText(read.error)}`,
    );
  }
  const config = read.data;
  for (const name of Object.keys(config.Methods)) {
    if (methods.has(name)) continue;
    const known = [...methods.keys()].join(', ');
    throw new AppError('invalid', `Methods: ${fullName} has no method ${name}; it has ${known}`);
  }
  const own: Record<string, MethodConfig> = {};
  for (const [name, { idempotent }] of methods) {
    const method = config.Methods[name] ?? { Idempotent: false };
    own[name] = { ...method, Idempotent: method.Idempotent || idempotent };
    if (method.Hedge === undefined || own[name].Idempotent) continue;
    throw new AppError(
      'invalid',
      `Methods.${name}.Hedge: only a method that is idempotent may have it`,
    );
  }
  return { ...config, Methods: own };
}
