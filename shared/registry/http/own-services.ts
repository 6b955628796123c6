import { requireService } from '../../auth/require-service.ts';
import type { Caller } from '../../http/caller.ts';

/** Whether a caller may change instances of a service. Of open rows nobody is asked who they are. */
export function mayTouch({ services }: Caller, service: string): boolean {
  return services === null || services.includes(service);
}

/** @throws AppError `forbidden` for a service that is not the caller's. */
export function requireOwn(caller: Caller, service: string): void {
  if (caller.how !== 'open') requireService(caller, service);
}
