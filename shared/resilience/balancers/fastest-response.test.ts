import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/delivery/support/seeded-random.ts';
import { candidates, picks, shares } from '../../../test/support/candidates.ts';
import { FastestResponseBalancer } from './fastest-response.ts';

const newBalancer = () => new FastestResponseBalancer(seededRandom(1, 'fastest'));

describe('FastestResponseBalancer', () => {
  it('prefers who answers faster, and does not send all to the fastest', () => {
    const all = candidates({ latencyMs: 1 }, { latencyMs: 5 }, { latencyMs: 50 });
    const { a = 0, b = 0, c = 0 } = shares(picks(newBalancer(), all, 3_000));
    expect(a).toBeGreaterThan(1_800);
    expect(b).toBeGreaterThan(800);
    expect(c).toBe(0);
  });

  it('counts what one has to do already', () => {
    const all = candidates({ latencyMs: 2, inFlight: 9 }, { latencyMs: 10, inFlight: 0 });
    expect(shares(picks(newBalancer(), all, 10))).toEqual({ b: 10 });
  });

  it('counts the weight', () => {
    const all = candidates({ latencyMs: 10, weight: 4 }, { latencyMs: 5, weight: 1 });
    expect(shares(picks(newBalancer(), all, 10))).toEqual({ a: 10 });
  });

  it('tries one of which nothing is known, but not with all calls at once', () => {
    const idle = candidates({ latencyMs: 5 }, {});
    const busy = candidates({ latencyMs: 5 }, { inFlight: 1 });
    expect(shares(picks(newBalancer(), idle, 10))).toEqual({ b: 10 });
    expect(shares(picks(newBalancer(), busy, 10))).toEqual({ a: 10 });
  });

  it('starves nobody: what is known of a slow one fades until it is tried again', () => {
    const balancer = newBalancer();
    const pickAt = (nowMs: number) => {
      const all = candidates(
        { latencyMs: 1, latencyAtMs: nowMs },
        { latencyMs: 1_000, latencyAtMs: 0 },
      );
      return shares(picks(balancer, all, 10, { nowMs }));
    };
    expect(pickAt(9_000)).toEqual({ a: 10 });
    expect(pickAt(10_001)).toEqual({ b: 10 });
  });

  it('knows nobody where there is nobody', () => {
    expect(newBalancer().pick([], null, 0)).toBeNull();
  });
});
