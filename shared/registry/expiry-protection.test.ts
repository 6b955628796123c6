import { describe, expect, it } from 'vitest';
import { ExpiryProtection } from './expiry-protection.ts';

const OPTIONS = { share: 0.3, leastInstances: 10, mostMs: 60_000, shareOfRun: 0.15 };

function protectionOf(options: Partial<typeof OPTIONS> = {}): ExpiryProtection {
  return new ExpiryProtection({ ...OPTIONS, ...options });
}

describe('protection', () => {
  it.each([
    { ended: 0, leases: 100, allowed: 0, why: 'there are none' },
    { ended: 3, leases: 3, allowed: 3, why: 'so few may be gone together' },
    { ended: 10, leases: 10, allowed: 10, why: 'it begins above that' },
    { ended: 11, leases: 11, allowed: 0, why: 'all of many have ended' },
    {
      ended: 30,
      leases: 100,
      allowed: 15,
      why: 'the share is not exceeded, and a run has its cap',
    },
    { ended: 31, leases: 100, allowed: 0, why: 'it is' },
    { ended: 12, leases: 50, allowed: 10, why: 'the cap is never below what is few' },
    { ended: 5, leases: 0, allowed: 5, why: 'leases that are counted late protect nothing' },
  ])('lets $allowed of $ended among $leases expire: $why', ({ ended, leases, allowed }) => {
    const protection = protectionOf();

    expect(protection.allowed({ ended, leases }, 0)).toBe(allowed);
    expect(protection.isHolding).toBe(allowed === 0 && ended > 0);
  });

  it('ends when the renewals are back', () => {
    const protection = protectionOf();
    protection.allowed({ ended: 90, leases: 100 }, 0);

    expect(protection.allowed({ ended: 2, leases: 100 }, 5_000)).toBe(2);
    expect(protection.isHolding).toBe(false);
  });

  it('ends after a while all the same, and then a run still has its cap', () => {
    const protection = protectionOf();

    expect(protection.allowed({ ended: 90, leases: 100 }, 0)).toBe(0);
    expect(protection.allowed({ ended: 90, leases: 100 }, 59_999)).toBe(0);
    expect(protection.allowed({ ended: 90, leases: 100 }, 60_000)).toBe(15);
    expect(protection.isHolding).toBe(false);
    expect(protection.allowed({ ended: 75, leases: 85 }, 65_000)).toBe(13);
  });

  it('begins anew when the renewals were back between', () => {
    const protection = protectionOf();
    protection.allowed({ ended: 90, leases: 100 }, 0);
    protection.allowed({ ended: 0, leases: 100 }, 30_000);

    expect(protection.allowed({ ended: 90, leases: 100 }, 61_000)).toBe(0);
  });

  it('is off where the share is all of them, and always lets one expire', () => {
    expect(protectionOf({ share: 1 }).allowed({ ended: 100, leases: 100 }, 0)).toBe(15);
    const strict = protectionOf({ share: 1, leastInstances: 0, shareOfRun: 0.001 });
    expect(strict.allowed({ ended: 9, leases: 100 }, 0)).toBe(1);
  });
});
