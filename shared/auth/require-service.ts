import type { Caller } from '../http/caller.ts';
import { AppError } from '../kernel/errors.ts';

/**
 * Lets nobody touch a service that its token is not for.
 * @throws AppError `forbidden` with `details.status` 403.
 */
export function requireService({ name, services, how }: Caller, service: string): void {
  const may = how !== 'open' && (services === null || services.includes(service));
  if (may) return;
  throw new AppError('forbidden', `${name} 无权操作服务 ${service}`, { details: { status: 403 } });
}
