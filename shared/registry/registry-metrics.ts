import type { InstanceEvent } from '../domain/instance-record.ts';
import type { RenewOutcome } from '../stores/registry/registry-store.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** The figures of a registry in this process. */
export class RegistryMetrics {
  readonly events;
  readonly renewals;
  readonly watchers;
  readonly owner;
  readonly protection;
  readonly leases;
  readonly ended;
  readonly checks;

  constructor(metrics: Metrics) {
    this.events = metrics.counter<'event'>({
      name: 'logkit_fleet_registry_events_total',
      help: 'What this process has done to instances of services: registered, expired and so on.',
      labelNames: ['event'],
    });
    this.renewals = metrics.counter<'outcome'>({
      name: 'logkit_fleet_registry_renewals_total',
      help: 'Renewals asked of this process, by what came of them.',
      labelNames: ['outcome'],
    });
    this.watchers = metrics.gauge({
      name: 'logkit_fleet_registry_watchers',
      help: 'Who watches services by way of this process.',
    });
    this.owner = metrics.gauge({
      name: 'logkit_fleet_registry_owner',
      help: '1 while it is this process that expires and checks instances.',
    });
    this.protection = metrics.gauge({
      name: 'logkit_fleet_registry_protection',
      help: '1 while nothing expires because too many leases have ended at once.',
    });
    this.leases = metrics.gauge({
      name: 'logkit_fleet_registry_leases',
      help: 'Instances that have a lease, as the owner sees them.',
    });
    this.ended = metrics.gauge({
      name: 'logkit_fleet_registry_ended_leases',
      help: 'Leases that have ended and whose instances have not expired yet, as the owner sees them.',
    });
    this.checks = metrics.counter<'result'>({
      name: 'logkit_fleet_registry_checks_total',
      help: 'Active checks of instances, by their result.',
      labelNames: ['result'],
    });
  }

  told(event: InstanceEvent['event'] | 'removed'): void {
    this.events.inc({ event });
  }

  renewed(outcomes: readonly RenewOutcome[]): void {
    const counts = { renewed: 0, ended: 0, unknown: 0 };
    for (const outcome of outcomes) counts[outcome] += 1;
    for (const [outcome, count] of Object.entries(counts)) {
      if (count > 0) this.renewals.inc({ outcome }, count);
    }
  }
}
