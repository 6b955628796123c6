/** What programs import from `logkit-fleet/rpc`; docs/rpc.md tells how. */
export { AppError } from '../kernel/errors.ts';
export type { AttemptTrace, Trace } from '../resilience/attempt-trace.ts';
export type { InstanceView } from '../resilience/failover.ts';
export type { ClientConfigInput, FailoverConfigInput } from '../resilience/failover-config.ts';
export { type CallEnding, FailoverError } from '../resilience/failover-error.ts';
export type { Endpoint } from '../resilience/instance.ts';
export { Metrics } from '../telemetry/metrics.ts';
export type { Discovery } from './discovery/discovery.ts';
export { type DnsOptions, dnsDiscovery } from './discovery/dns.ts';
export { registryDiscovery } from './discovery/registry-discovery.ts';
export { staticList } from './discovery/static-list.ts';
export { grpcTransport } from './grpc/grpc-channel.ts';
export { listenGrpc } from './grpc/grpc-listener.ts';
export type { GrpcClientOptions, GrpcServerOptions } from './grpc/grpc-options.ts';
export { httpTransport } from './http/http-channel.ts';
export { listenHttp } from './http/http-listener.ts';
export type { HttpClientOptions, HttpServerOptions } from './http/http-options.ts';
export { PREVIOUS_ATTEMPTS } from './previous-attempts.ts';
export { type LoadOptions, loadServices, type ProtoSource } from './proto/load-services.ts';
export type {
  MessageCodec,
  MethodDefinition,
  RpcMessage,
  ServiceDefinition,
} from './proto/service-definition.ts';
export {
  type CallOptions,
  type CallOutcome,
  RpcClient,
  type RpcClientOptions,
} from './rpc-client.ts';
export { type Executed, type FailureReason, type RpcCode, RpcError } from './rpc-error.ts';
export type { RpcEvent } from './rpc-event.ts';
export { RpcMetrics } from './rpc-metrics.ts';
export {
  type CallContext,
  type MethodImplementation,
  RpcServer,
  type RpcServerOptions,
  type ServiceImplementation,
} from './rpc-server.ts';
export type { DatedEvent, RpcSummary } from './rpc-stats.ts';
export { tcpTransport } from './tcp/tcp-channel.ts';
export { listenTcp } from './tcp/tcp-listener.ts';
export type { TcpClientOptions, TcpServerOptions } from './tcp/tcp-options.ts';
export type {
  Codec,
  Dispatch,
  RpcChannel,
  RpcListener,
  RpcReply,
  RpcRequest,
  RpcTransport,
} from './transport.ts';
