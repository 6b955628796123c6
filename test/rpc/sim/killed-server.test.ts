import { describe, expect, it } from 'vitest';
import { ActiveChecks } from '../../../shared/resilience/active-checks.ts';
import { callPolicyOf } from '../../../shared/resilience/call-policy.ts';
import { Failover } from '../../../shared/resilience/failover.ts';
import { ClientConfig } from '../../../shared/resilience/failover-config.ts';
import { seededRandom } from '../../delivery/support/seeded-random.ts';
import { SimProcess } from '../../sim/sim-process.ts';
import { Timeline } from '../../sim/timeline.ts';
import { endpoint } from '../failover-rig.ts';
import { SimServer } from './sim-server.ts';

const CALLERS = 64;
const KILLED_MS = 5_000;
const BACK_MS = 12_000;
const END_MS = 25_000;
const IDS = ['a', 'b', 'c'] as const;

describe('one of three servers that is killed under 64 callers', () => {
  it.each([1, 2, 3, 4, 5])(
    'fails no idempotent call, and has its traffic back within the recovery interval (seed %i)',
    async (seed) => {
      const timeline = new Timeline();
      const clock = new SimProcess(timeline, { wallMs: 0, rate: 1 });
      const config = ClientConfig.parse({ Methods: { read: { Idempotent: true } } });
      const executions = new Map<string, number>();
      const wire = { lost: 0, isLying: false };
      const servers = new Map<string, SimServer>(
        IDS.map((id) => {
          const deps = { endpoint: endpoint(id), clock, wire, executions, workMs: 20 };
          return [id, new SimServer({ ...deps, random: seededRandom(seed, id) })] as const;
        }),
      );
      const failover = new Failover({
        ...{ config, clock, random: seededRandom(seed, 'client'), isLookedAt: true },
      });
      failover.set(IDS.map((id) => endpoint(id)));
      const over = new AbortController();
      const checks = new ActiveChecks({
        ...{ failover, clock, everyMs: 100, timeoutMs: 1_000 },
        probe: async ({ id }) => servers.get(id)?.mood === 'well',
      });
      const checked = checks.run(over.signal);
      const policy = callPolicyOf(config, 'read');
      const failures: unknown[] = [];
      let [slowestMs, backMs, running] = [0, Number.POSITIVE_INFINITY, CALLERS];
      const caller = async (name: string) => {
        for (let nth = 0; clock.monotonicMs() < END_MS; nth += 1) {
          const beganMs = clock.monotonicMs();
          const call = { policy, key: null, timeoutMs: null, signal: null, isTraced: false };
          try {
            const { value } = await failover.execute(call, async ({ id }, timeoutMs, signal) => {
              const answer = await servers.get(id)?.call(`read ${name}.${nth}`, timeoutMs, signal);
              return answer ?? id;
            });
            if (value === 'a' && beganMs > BACK_MS) backMs = Math.min(backMs, beganMs);
          } catch (error) {
            if (!String(error).includes('no such thing')) failures.push(error);
          }
          slowestMs = Math.max(slowestMs, clock.monotonicMs() - beganMs);
        }
        running -= 1;
      };
      for (let nth = 0; nth < CALLERS; nth += 1) void caller(`c${nth}`);
      const set = (mood: 'down' | 'well') => () =>
        void Object.assign(servers.get('a') ?? {}, { mood });
      timeline.at(KILLED_MS, set('down'));
      timeline.at(BACK_MS, set('well'));
      await timeline.run(async () => running === 0, 2 * END_MS);
      over.abort();
      await checked;

      expect(failures).toEqual([]);
      expect(slowestMs).toBeLessThan(config.FailoverConfig.RequestTimeout);
      expect(backMs - BACK_MS).toBeLessThanOrEqual(config.FailoverConfig.RecoveryInterval + 200);
    },
  );
});
