import type { RpcTransport } from '../../../shared/rpc/library.ts';

export type TransportName = RpcTransport['name'];
export type OnEach<Value> = Readonly<Record<TransportName, Value>>;

/** The same over all transports, side by side. */
export async function onEach<Value>(
  of: (name: TransportName) => Promise<Value>,
): Promise<OnEach<Value>> {
  const [tcp, grpc, http] = await Promise.all([of('tcp'), of('grpc'), of('http')]);
  return { tcp, grpc, http };
}
