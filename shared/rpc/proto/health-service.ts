import { loadServices } from './load-services.ts';
import type { ServiceDefinition } from './service-definition.ts';

/** The part of gRPC's own health service that asks once. */
const HEALTH_PROTO = `
syntax = "proto3";
package grpc.health.v1;
service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}`;

export const HEALTH_SERVICES: ReadonlyMap<string, ServiceDefinition> = loadServices({
  text: HEALTH_PROTO,
});
