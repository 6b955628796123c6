import type { Shell } from '../process/shell.ts';
import { authPlace, openAuthDocument } from './auth-place.ts';
import { type Authentication, createAuthentication } from './authentication.ts';
import { Passwords } from './passwords.ts';

/** The authentication of this process. Null: it is no master. */
export async function openAuthentication(
  { config, clock, log, partitionPlace }: Shell,
  print: (line: string) => void,
  cleanup: AsyncDisposableStack,
): Promise<Authentication | null> {
  const { cluster, auth, registry } = config;
  if (!cluster.enable || !cluster.is_master) return null;

  const place = authPlace(partitionPlace, config.data_dir);
  const authentication = await createAuthentication({
    ...{ clock, log, print },
    open: () => openAuthDocument(place),
    passwords: new Passwords(),
    tokenMinutes: auth.token_minutes,
    keyDays: auth.key_days,
    hasStatus: registry.http_status,
  });
  cleanup.defer(() => authentication.close());
  return authentication;
}
