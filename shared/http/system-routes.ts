import type { Clock } from '../kernel/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { RawAnswer, type Route } from './route.ts';

interface SystemRoutesOptions {
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** What every process answers, whoever asks: that it lives, and its figures. */
export function systemRoutes({ metrics, clock }: SystemRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/health',
      access: 'open',
      failure: '',
      answer: async () =>
        new RawAnswer({
          contentType: 'application/json; charset=UTF-8',
          body: JSON.stringify({ status: 'healthy', timestamp: Math.floor(clock.now() / 1000) }),
        }),
    },
    {
      method: 'GET',
      path: '/metrics',
      access: 'open',
      failure: '',
      answer: async () =>
        new RawAnswer({ contentType: metrics.contentType, body: await metrics.text() }),
    },
  ];
}
