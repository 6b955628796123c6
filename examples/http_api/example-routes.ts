import { type Coordinator, jsonRoute, type Route } from '../../shared/coordinator/library.ts';

const MS_A_SECOND = 1_000;

/** Routes of the example's own, beside those that every coordinator has. */
export function exampleRoutes({
  coordinator,
  version,
}: {
  readonly coordinator: Coordinator;
  readonly version: string;
}): Route[] {
  return [
    jsonRoute('GET', '/example/info', async () => ({
      ...{ service: 'elk-coordinator', version, framework: 'express' },
      endpoints: [
        'GET /health - is it well',
        'POST /api/v1/retry-failed-partitions - try failed partitions again',
        'GET /example/info - about the service',
        'GET /example/status - how it is doing',
      ],
    })),
    jsonRoute('GET', '/example/status', async () => ({
      status: 'running',
      timestamp: Math.floor(Date.now() / MS_A_SECOND),
      uptime: `${Math.floor(process.uptime())}s`,
      is_leader: coordinator.candidate.turn !== null,
    })),
  ];
}
