import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Overdue, RegistryStore, StoredInstance } from '../stores/registry/registry-store.ts';
import { ExpiryProtection } from './expiry-protection.ts';
import { InstanceChecks, type Look } from './instance-checks.ts';
import { OwnerView } from './owner-view.ts';
import type { Registry } from './registry.ts';
import { leaseMsOf, type RegistryOptions } from './registry-options.ts';
import { lastRenewMsOf } from './service-instance.ts';
import { expired, overrideEnded, type Transition } from './transitions.ts';

/** A turn outlasts so many runs that do not come. */
const RUNS_A_TURN = 4;
const RUN_MS = { least: 200, most: 5_000 } as const;
/** Expired together in one run. */
const EXPIRED_MAX = 5_000;
/** Of instances that were removed so many are remembered for those who watch. */
const REMOVED_KEPT = 10_000;

/** What is known of leases is of this turn alone: nobody knows what has been before it. */
interface Turn {
  readonly epoch: number;
  readonly sinceMs: number;
  readonly protection: ExpiryProtection;
}

interface WardenDeps {
  readonly registry: Registry;
  readonly store: RegistryStore;
  readonly options: RegistryOptions;
  /** Names this process among the others. */
  readonly owner: string;
  readonly clock: Clock;
  /** How an instance is looked at. */
  readonly look: Look;
}

/**
 * Takes care of what nobody asks for: of all processes with a registry one, whose turn it is, expires
 * instances whose leases have ended, ends overrides whose time is over, checks instances and removes
 * those that have been offline too long. All that it writes holds only while its turn lasts.
 */
export class Warden {
  readonly #deps: WardenDeps;
  readonly #checks: InstanceChecks;
  readonly #runMs: number;
  #turn: Turn | null = null;
  #isTroubled = false;
  #view: { readonly view: OwnerView; readonly leave: () => void } | null = null;

  constructor(deps: WardenDeps) {
    this.#deps = deps;
    this.#checks = new InstanceChecks(deps);
    const quarterMs = leaseMsOf(deps.options) / 4;
    this.#runMs = Math.min(RUN_MS.most, Math.max(RUN_MS.least, quarterMs));
  }

  /** Works until `signal` aborts; then the turn is given up. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, store, owner } = this.#deps;
    const checking = this.#checks.run(signal);
    while (!signal.aborted) {
      try {
        await this.runOnce();
        this.#isTroubled = false;
      } catch (thrown) {
        this.#tellOfTrouble(thrown);
      }
      await clock.sleep(this.#runMs, signal);
    }
    this.#rest();
    await checking;
    await store.disown(owner).catch(() => undefined);
  }

  /** One run; nothing where it is somebody else's turn. */
  async runOnce(): Promise<void> {
    const { store, owner, registry } = this.#deps;
    const epoch = await store.own(owner, this.#runMs * RUNS_A_TURN);
    registry.metrics.owner.set(epoch === null ? 0 : 1);
    if (epoch === null) {
      this.#rest();
      return;
    }
    const turn = this.#turnOf(epoch);
    const view = await this.#viewed();
    await this.#expire(turn);
    await this.#endOverrides(view, epoch);
    await this.#removeOld(view, epoch);
    this.#checks.tend(view, epoch);
    await store.forget(REMOVED_KEPT);
  }

  async #expire(turn: Turn): Promise<void> {
    const { store, registry } = this.#deps;
    const overdue = await store.overdue(EXPIRED_MAX);
    registry.metrics.leases.set(overdue.leases);
    registry.metrics.ended.set(overdue.ended);
    const allowed = this.#isSettled(turn) ? this.#allowed(turn, overdue) : 0;
    const ids = overdue.ids.slice(0, allowed);
    const found = await store.find(ids);
    await Promise.all(ids.map((id, at) => this.#expireOne(id, found[at] ?? null, turn.epoch)));
  }

  /**
   * Before this turn there may have been nobody at all to renew with: whoever is there still does so
   * within the time of a lease.
   */
  #isSettled({ sinceMs }: Turn): boolean {
    return this.#deps.clock.monotonicMs() - sinceMs >= leaseMsOf(this.#deps.options);
  }

  #allowed({ protection }: Turn, overdue: Overdue): number {
    const { clock, registry } = this.#deps;
    const wasHolding = protection.isHolding;
    const allowed = protection.allowed(overdue, clock.monotonicMs());
    const { isHolding } = protection;
    registry.metrics.protection.set(isHolding ? 1 : 0);
    if (isHolding !== wasHolding) this.#tellOfProtection(isHolding, overdue);
    return allowed;
  }

  #turnOf(epoch: number): Turn {
    if (this.#turn?.epoch !== epoch) {
      const { clock, options, registry } = this.#deps;
      const protection = new ExpiryProtection(options.protection);
      this.#turn = { epoch, sinceMs: clock.monotonicMs(), protection };
      registry.metrics.protection.set(0);
    }
    return this.#turn;
  }

  async #expireOne(id: string, seen: StoredInstance | null, epoch: number): Promise<void> {
    const { registry, clock, options } = this.#deps;
    await registry.writer.changeFrom(id, seen, (there) => {
      if (there?.record.lifecycle !== 'up') return null;
      const nowMs = clock.now();
      // A store that drops leases when they end does not know when they were renewed last.
      const lastRenewMs =
        there.lease === null ? nowMs - leaseMsOf(options) : lastRenewMsOf(there, nowMs);
      const reason = `no renewal for ${options.leaseTtlSeconds} s`;
      const to = expired(there.record, lastRenewMs, { nowMs, reason, actor: '' });
      return { to, lease: 'end', fence: { epoch, isOverdue: true } };
    });
  }

  async #endOverrides(view: OwnerView, epoch: number): Promise<void> {
    const nowMs = this.#deps.clock.now();
    const isOver = ({ record: { override } }: StoredInstance) =>
      override?.untilMs != null && override.untilMs <= nowMs;
    await this.#writeEach([...view.instances].filter(isOver), epoch, ({ record }) =>
      overrideEnded(record, { nowMs, reason: 'its time is over', actor: '' }),
    );
  }

  /** Null: it goes. */
  async #removeOld(view: OwnerView, epoch: number): Promise<void> {
    const { options, clock } = this.#deps;
    if (options.retentionMs === 0) return;
    const beforeMs = clock.now() - options.retentionMs;
    // What an operator has said of one would be gone with it.
    const isOld = ({ record: { lifecycle, offlineMs, override } }: StoredInstance) =>
      lifecycle !== 'up' && override === null && offlineMs !== null && offlineMs <= beforeMs;
    await this.#writeEach([...view.instances].filter(isOld), epoch, () => null);
  }

  /** Of instances that have changed since they were seen nothing is written: the next run sees them. */
  async #writeEach(
    some: readonly StoredInstance[],
    epoch: number,
    make: (there: StoredInstance) => Transition | null,
  ): Promise<void> {
    const { writer } = this.#deps.registry;
    const fence = { epoch, isOverdue: false };
    const each = some
      .slice(0, EXPIRED_MAX)
      .map((seen) =>
        writer.changeFrom(seen.record.id, seen, (there) =>
          there?.revision === seen.revision ? { to: make(there), lease: 'keep', fence } : null,
        ),
      );
    await Promise.all(each);
  }

  async #viewed(): Promise<OwnerView> {
    const { registry, store } = this.#deps;
    if (this.#view === null) {
      const view = new OwnerView();
      this.#view = { view, leave: await view.follow(registry.feed) };
    }
    await this.#view.view.complete(store);
    return this.#view.view;
  }

  #rest(): void {
    this.#view?.leave();
    this.#view = null;
    this.#checks.rest();
  }

  /** Once, however long it lasts. */
  #tellOfTrouble(thrown: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.#deps.registry.log.current.warn(
      { reason: messageOf(thrown) },
      'the registry cannot be looked after; it is tried again',
    );
  }

  #tellOfProtection(isHolding: boolean, { ended, leases }: Overdue): void {
    const { log } = this.#deps.registry;
    if (!isHolding) log.current.info({ leases }, 'instances expire again');
    else {
      log.current.warn(
        { ended, leases },
        `${ended} of ${leases} leases have ended at once: it is more likely that renewals do not arrive, so no instance expires for now`,
      );
    }
  }
}
