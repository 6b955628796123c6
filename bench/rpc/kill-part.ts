import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import type { Part } from '../support/part.ts';
import { nowMs } from './kill-load.ts';
import { CALLERS, DOWN_MS, RECOVERY_MS, TRY_MS } from './kill-settings.ts';
import { Over, portOf } from './ours.ts';

const SERVERS = 3;
const CALM_MS = 2_000;

const Served = z.object({ address: z.string() });
const Begun = z.object({});
const Figures = z.record(z.string(), z.number());

/** One of three servers is killed under many callers, and started again at its port. */
export function killPart(context: BenchContext): Part {
  const nameOf = (over: Over) =>
    `ours over ${over}, one of ${SERVERS} servers killed under ${CALLERS} callers`;
  return {
    subjects: Over.options.map((over) => ({
      name: nameOf(over),
      run: () => killed(over, context),
    })),
    ratios: Over.options.flatMap((over) => {
      const held = (figure: string, most: number) => ({
        ...{ figure, of: nameOf(over), target: { at_most: most }, isEveryRound: true },
      });
      return [
        held('failed_calls', 0),
        held('p99_rise_ms', TRY_MS),
        held('slowest_after_ms', TRY_MS),
        held('first_call_again_ms', RECOVERY_MS),
        // It comes back gradually: its share grows for one interval more.
        held('share_again_ms', 2 * RECOVERY_MS),
      ];
    }),
  };
}

async function killed(over: Over, context: BenchContext): Promise<Record<string, number>> {
  await using cleanup = new AsyncDisposableStack();
  const helper = () => cleanup.use(new Helper('rpc-kill.process.ts', context));
  const serve = (server: Helper, port: number) =>
    server.ask({ ask: 'serve', over, port }, Served).then(({ address }) => address);
  const servers = Array.from({ length: SERVERS }, helper);
  const addresses = await Promise.all(servers.map((server) => serve(server, 0)));
  const [client, victim, heir] = [helper(), servers[0], helper()];
  await client.ask({ ask: 'begin', over, addresses }, Begun);
  await delay(CALM_MS, undefined, context);
  const killedMs = nowMs();
  await victim?.[Symbol.asyncDispose]();
  await delay(DOWN_MS, undefined, context);
  await serve(heir, portOf(addresses[0] ?? ''));
  return await client.ask({ ask: 'end', killedMs, backMs: nowMs() }, Figures);
}
