import { messageOf } from '../kernel/errors.ts';
import { RpcError } from '../rpc/rpc-error.ts';

/** What throws something else is at fault itself: nothing is known of the instance. */
export function asRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  return new RpcError('internal', messageOf(thrown), { executed: 'maybe', cause: thrown });
}

export function notAllowed({ id }: { readonly id: string }): RpcError {
  return new RpcError('unavailable', `the circuit breaker of ${id} does not allow the call`, {
    reason: 'service_unavailable',
    executed: 'no',
  });
}
