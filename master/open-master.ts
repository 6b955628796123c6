import { createPoolClient } from '../shared/client/pool-client.ts';
import type { Shell } from '../shared/process/shell.ts';
import { CallPolicy } from './fleet/call-policy.ts';
import { createMaster, type Master } from './master.ts';

/**
 * Makes the master of this process. Every process has one: one that is not the master of others
 * serves the same routes for its own, usually empty, list.
 *
 * @throws AppError `invalid` when a pattern of `cluster.allow` cannot be read.
 */
export function openMaster(shell: Shell, cleanup: AsyncDisposableStack): Master {
  const { sign, clock, random, metrics, log, clientOptions } = shell;
  const { cluster } = shell.config;
  const policy = new CallPolicy(cluster.allow);
  const http = createPoolClient({
    ...clientOptions,
    allowsAddress: (ip) => policy.allowsAddress(ip),
  });
  cleanup.defer(() => http.close());

  return createMaster({
    ...{ http, sign, clock, random, metrics, log },
    config: {
      enabled: cluster.enable,
      isMaster: cluster.enable && cluster.is_master,
      allow: cluster.allow,
      readTimeoutMs: cluster.timeout_ms.read,
      writeTimeoutMs: cluster.timeout_ms.write,
    },
  });
}
