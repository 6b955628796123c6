import type { Clock } from '../kernel/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { RawAnswer, type Route } from './route.ts';

interface SystemRoutesOptions {
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** What every process answers, whoever asks: that it lives, and its figures. */
export function systemRoutes({ metrics, clock }: SystemRoutesOptions): Route[] {
  return [healthRoute(clock), metricsRoute(metrics)];
}

export function healthRoute(clock: Clock): Route {
  return openRoute('/health', async () => ({
    contentType: 'application/json; charset=UTF-8',
    body: JSON.stringify({ status: 'healthy', timestamp: Math.floor(clock.now() / 1000) }),
  }));
}

export function metricsRoute(metrics: Metrics): Route {
  return openRoute('/metrics', async () => ({
    contentType: metrics.contentType,
    body: await metrics.text(),
  }));
}

function openRoute(
  path: string,
  answer: () => Promise<{ readonly contentType: string; readonly body: string }>,
): Route {
  return {
    ...{ method: 'GET', path, access: 'open', failure: '' },
    answer: async () => new RawAnswer(await answer()),
  };
}
