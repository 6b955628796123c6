import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import { etcdServer } from '../support/etcd-server.ts';
import { Helper } from '../support/helper.ts';
import type { Part, Subject } from '../support/part.ts';

const SECONDS = 3;
const IN_FLIGHT = 64;
const RATIO_MIN = 0.5;
const BULK_RATIO_MIN = 10 * RATIO_MIN;

const PUTS = `etcd: bare puts, ${IN_FLIGHT} in flight`;
const KINDS = {
  puts: PUTS,
  register: 'etcd: register',
  renew: 'etcd: renew',
  bulk: 'etcd: renew in bulk',
} as const;
type Kind = keyof typeof KINDS;

const Figures = z.object({ done: z.int().positive(), seconds: z.number().positive() });

/** The registry on etcd, from one process, beside puts from one. */
export async function registryOnEtcdPart(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<Part> {
  const url = await etcdServer(context, cleanup);
  if (url === null) throw new Error('there is no etcd here: apt-get install etcd-server');
  const subject = (kind: Kind): Subject => ({
    name: KINDS[kind],
    run: async (pile) => {
      await using helper = new Helper('registry-etcd.process.ts', context);
      const asked = { kind, url, prefix: `/${pile}`, seconds: SECONDS, inFlight: IN_FLIGHT };
      const { done, seconds } = await helper.ask(asked, Figures);
      return { per_s: done / seconds };
    },
  });
  const figure = 'per_s';
  const least = (kind: Kind, at_least: number) => ({
    ...{ figure, of: KINDS[kind], to: PUTS },
    target: { at_least },
  });
  return {
    subjects: [subject('puts'), subject('register'), subject('renew'), subject('bulk')],
    ratios: [
      least('register', RATIO_MIN),
      least('renew', RATIO_MIN),
      least('bulk', BULK_RATIO_MIN),
    ],
  };
}
