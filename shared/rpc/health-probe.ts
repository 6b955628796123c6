import { AppError } from '../kernel/errors.ts';
import type { Probe } from '../resilience/active-checks.ts';
import type { Peer } from './channels.ts';
import { HEALTH_SERVICES } from './proto/health-service.ts';
import { RpcError } from './rpc-error.ts';

const SERVICE = 'grpc.health.v1.Health';
const METHOD = 'Check';
const CODEC = 'protobuf';

/** Asks the health service of an instance whether it serves; one that has none is well when it says so. */
export function healthProbe(service: string, timeoutMs: number): Probe<Peer> {
  const check = HEALTH_SERVICES.get(SERVICE)?.methods.get(METHOD);
  if (check === undefined) throw new AppError('internal', `${SERVICE} has no ${METHOD}`);
  const payload = check.request.encode({ service }, CODEC);
  const request = {
    service: SERVICE,
    method: METHOD,
    codec: CODEC,
    payload,
    metadata: {},
  } as const;
  return async ({ channel }, signal) => {
    try {
      const reply = await channel.call({ ...request, timeoutMs, signal });
      return check.response.decode(reply.payload, CODEC)['status'] === 'SERVING';
    } catch (thrown) {
      return thrown instanceof RpcError && thrown.code === 'unimplemented';
    }
  };
}
