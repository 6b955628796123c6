import { AppError, type ErrorKind } from '../kernel/errors.ts';

/** The codes of the original, and what each is to the rest of the program. */
const KINDS = {
  INVALID_CONFIG: 'invalid',
  INVALID_INSTANCE: 'invalid',
  SERVICE_NOT_FOUND: 'not_found',
  CONNECTION_FAILED: 'unavailable',
  REGISTRY_FAILED: 'internal',
  DISCOVERY_FAILED: 'internal',
  WATCH_FAILED: 'unavailable',
  UNREGISTER_FAILED: 'conflict',
  LEASE_ERROR: 'conflict',
  OPERATION_TIMEOUT: 'timeout',
} as const satisfies Record<string, ErrorKind>;
export type RegistryCode = keyof typeof KINDS;
export const ERROR_CODES: readonly string[] = Object.keys(KINDS);

/** What goes wrong in a registry; its text is `[CODE] message`. */
export class RegistryError extends AppError {
  readonly code: RegistryCode;

  constructor(
    code: RegistryCode,
    message: string,
    { cause, details = {} }: { cause?: unknown; details?: AppError['details'] } = {},
  ) {
    super(KINDS[code], message, { cause, details: { ...details, code } });
    this.code = code;
  }

  override toString(): string {
    return `[${this.code}] ${this.message}`;
  }
}

/** Also by its text alone it is known to whoever goes by the original's documents. */
export function notFoundError(id: string): RegistryError {
  return new RegistryError('SERVICE_NOT_FOUND', 'service not found', { details: { id } });
}

export function hasRegistryCode(thrown: unknown, code: RegistryCode): boolean {
  return thrown instanceof RegistryError && thrown.code === code;
}

/** What a store or a server has failed with: an outage is never taken for an instance that is gone. */
export function asRegistryError(thrown: unknown, otherwise: RegistryCode): RegistryError {
  if (thrown instanceof RegistryError) return thrown;
  if (!(thrown instanceof AppError)) {
    return new RegistryError(otherwise, thrown instanceof Error ? thrown.message : String(thrown), {
      cause: thrown,
    });
  }
  const { kind, message, details } = thrown;
  const code =
    kind === 'timeout'
      ? 'OPERATION_TIMEOUT'
      : kind === 'unavailable'
        ? 'CONNECTION_FAILED'
        : otherwise;
  return new RegistryError(code, message, { cause: thrown, details });
}
