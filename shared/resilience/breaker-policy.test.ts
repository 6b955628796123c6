import { describe, expect, it } from 'vitest';
import { breakerOptionsOf } from './breaker-policy.ts';
import { FailoverConfig } from './failover-config.ts';

describe('breakerOptionsOf', () => {
  it.each([
    { calls: 3, share: 0.5, toClose: 2, toReopen: 2 },
    { calls: 3, share: 1, toClose: 3, toReopen: 1 },
    { calls: 10, share: 0.7, toClose: 7, toReopen: 4 },
    { calls: 1, share: 0.1, toClose: 1, toReopen: 1 },
  ])(
    'of $calls trials, where $share must succeed, $toClose close it and $toReopen failures open it',
    ({ calls, share, toClose, toReopen }) => {
      const config = { HalfOpenMaxCalls: calls, HalfOpenSuccessThreshold: share };
      expect(breakerOptionsOf(FailoverConfig.parse(config))).toMatchObject({
        halfOpenMax: calls,
        successesToClose: toClose,
        failuresToReopen: toReopen,
      });
    },
  );
});
