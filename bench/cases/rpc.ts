import { z } from 'zod';
import { killPart } from '../rpc/kill-part.ts';
import { KILL_SETTINGS } from '../rpc/kill-settings.ts';
import { KINDS, type Kind } from '../rpc/kinds.ts';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import { Measurements } from '../support/measurements.ts';
import { measureInTurns, ratiosOf, type Subject } from '../support/part.ts';

const MANY = 64;
const SECONDS = 3;

const Served = z.object({ port: z.int() });
const Figures = z.object({ calls: z.int().positive(), seconds: z.number(), p99_ms: z.number() });

/**
 * How many calls a second one client process gets answered by one server process; and what the death
 * of one of several costs its callers.
 */
export const rpc: BenchCase = { name: 'rpc', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  await using cleanup = new AsyncDisposableStack();
  const subjects: Subject[] = [];
  for (const kind of KINDS) {
    const call = await caller(kind, context, cleanup);
    subjects.push({ name: `${kind}, ${MANY} in flight`, run: () => call(MANY) });
    if (kind.endsWith('tcp')) {
      subjects.push({ name: `${kind}, one at a time`, run: () => call(1) });
    }
  }
  const figure = 'calls_per_s';
  const many = (kind: Kind) => `${kind}, ${MANY} in flight`;
  const plain = {
    subjects,
    ratios: [
      { figure, of: many('ours over tcp'), to: many('Moleculer'), target: { at_least: 1 } },
      { figure, of: many('ours over tcp'), to: many('bare tcp'), target: { at_least: 0.5 } },
      { figure, of: many('ours over grpc'), to: many('bare grpc-js'), target: { at_least: 0.8 } },
      {
        ...{ figure, of: 'ours over tcp, one at a time', to: 'bare tcp, one at a time' },
        target: { at_least: 0.7 },
      },
    ],
  };
  const parts = [plain, killPart(context)];
  const measurements = new Measurements();
  await measureInTurns(parts, measurements, context);
  return {
    settings: {
      ...{ processes: 'one client, one server', seconds_a_round: SECONDS },
      ...KILL_SETTINGS,
    },
    rows: measurements.rows(),
    ratios: ratiosOf(parts, measurements),
    notes: [],
  };
}

async function caller(kind: Kind, context: BenchContext, cleanup: AsyncDisposableStack) {
  const server = cleanup.use(new Helper('rpc.process.ts', context));
  const client = cleanup.use(new Helper('rpc.process.ts', context));
  const { port } = await server.ask({ ask: 'serve', kind }, Served);
  return async (inFlight: number) => {
    const asked = { ask: 'call', kind, port, inFlight, seconds: SECONDS };
    const { calls, seconds, p99_ms } = await client.ask(asked, Figures);
    return { calls_per_s: calls / seconds, p99_ms };
  };
}
