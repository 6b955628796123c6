import { describe, expect, it } from 'vitest';
import { ConsecutiveFailures } from './evidence.ts';
import { type HealthState, InstanceHealth, type RecoveryOptions } from './instance-health.ts';

const RECOVERY: RecoveryOptions = {
  strategy: 'gradual',
  intervalMs: 1_000,
  timeoutMs: 3_000,
  threshold: 2,
};

function newHealth(recovery: Partial<RecoveryOptions> = {}, mayEject = () => true) {
  const told: HealthState[] = [];
  const health = new InstanceHealth({
    evidence: new ConsecutiveFailures({ windowMs: 500, failureThreshold: 2, successThreshold: 1 }),
    recovery: { ...RECOVERY, ...recovery },
    mayEject,
    onChange: (state) => told.push(state),
  });
  return { health, told };
}

function fail(health: InstanceHealth, nowMs: number): void {
  health.failure(nowMs);
  health.failure(nowMs);
}

describe('InstanceHealth', () => {
  it('is suspect, then isolated, and recovers by time alone', () => {
    const { health, told } = newHealth();

    fail(health, 0);
    expect([health.state(999), health.share(999)]).toEqual(['isolated', 0]);
    expect(health.state(1_000)).toBe('recovering');
    for (const nowMs of [1_001, 2_000]) health.success(nowMs);

    expect(told).toEqual(['suspect', 'isolated', 'recovering', 'healthy']);
  });

  it('immediate: gets all of its calls at once', () => {
    const { health } = newHealth({ strategy: 'immediate' });
    fail(health, 0);
    expect([health.share(999), health.share(1_000)]).toEqual([0, 1]);
    expect(health.state(1_000)).toBe('healthy');
  });

  it('gradual: gets more and more of them', () => {
    const { health } = newHealth();
    fail(health, 0);
    health.share(1_000);
    const shares = [1_000, 1_500, 2_000, 9_000].map((nowMs) => health.share(nowMs));
    expect(shares).toEqual([0.1, 0.55, 1, 1]);
  });

  it('probing: gets none until so many looks went well, which are some time apart', () => {
    const { health } = newHealth({ strategy: 'probing' });
    fail(health, 0);
    const taken = [500, 1_000, 1_001, 1_999, 2_000].map((nowMs) => health.takeProbe(nowMs));
    expect(taken).toEqual([false, true, false, false, true]);

    health.success(2_000);
    expect(health.share(2_000)).toBe(0);
    health.success(2_001);
    expect([health.share(2_001), health.state(2_001)]).toEqual([1, 'healthy']);
  });

  it('is isolated longer each time, up to a most, and as at first after it was well for long', () => {
    const { health } = newHealth({ strategy: 'immediate' });
    const forMs: number[] = [];
    let nowMs = 0;
    for (let nth = 0; nth < 5; nth += 1) {
      fail(health, nowMs);
      forMs.push(health.isolatedForMs);
      nowMs += health.isolatedForMs;
      health.state(nowMs);
    }
    fail(health, nowMs + 3_001);

    expect(forMs).toEqual([1_000, 1_500, 2_250, 3_000, 3_000]);
    expect(health.isolatedForMs).toBe(1_000);
  });

  it('has no patience with one that recovers, until it has succeeded a few times', () => {
    const [early, late] = [newHealth().health, newHealth().health];
    for (const health of [early, late]) {
      fail(health, 0);
      health.state(1_000);
    }
    early.failure(1_100);
    late.success(1_100);
    late.success(1_100);
    late.failure(1_100);

    expect([early.state(1_100), late.state(1_100)]).toEqual(['isolated', 'recovering']);
  });

  it('is unhealthy and gets calls where the others cannot do without it', () => {
    const { health } = newHealth({}, () => false);
    fail(health, 0);
    expect([health.state(0), health.share(0)]).toEqual(['unhealthy', 1]);
    expect(health.state(501)).toBe('healthy');
  });

  it('need not wait longer when a look at it went well', () => {
    const { health } = newHealth();
    fail(health, 0);
    health.endIsolation(10);
    expect(health.state(10)).toBe('recovering');
  });
});
