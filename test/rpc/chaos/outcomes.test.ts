import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RpcOutcomes, rpcOutcomesPage } from '../../../docs/rpc-outcomes.ts';
import { CALL_FAULTS } from './call-faults.ts';
import type { Failed } from './caller.ts';
import { CONNECTION_FAULTS } from './connection-faults.ts';
import { LedgerProcess } from './ledger-process.ts';
import type { OnEach } from './on-each.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { Scene } from './scene.ts';

const PAGE = join(import.meta.dirname, '../../../docs/rpc-outcomes.md');
const FAULTS = { ...PROCESS_FAULTS, ...CONNECTION_FAULTS, ...CALL_FAULTS };

let shared: LedgerProcess;
beforeAll(async () => {
  shared = await LedgerProcess.start('shared');
});
afterAll(() => shared.remove());

describe('what a call ends with over each transport, and whether it was executed,', () => {
  const outcomes = new Map<string, RpcOutcomes>();

  it.each(Object.entries(FAULTS))('when %s', async (name, fault) => {
    const scene = new Scene(shared);
    try {
      const ended = await fault(scene);
      expect(mistaken(ended, await scene.executed())).toEqual([]);
      outcomes.set(name, { tcp: ended.tcp.error, grpc: ended.grpc.error, http: ended.http.error });
    } finally {
      await scene.close();
    }
  });

  it('is what the page of outcomes has', async () => {
    await expect(rpcOutcomesPage(outcomes)).toMatchFileSnapshot(PAGE);
  });
});

/** Who says that a call was not executed, and it was, or the other way round. */
function mistaken(ended: OnEach<Failed>, executed: ReadonlySet<string>): readonly Failed[] {
  return Object.values(ended).filter(
    ({ id, error }) => error.executed === (executed.has(id) ? 'no' : 'yes'),
  );
}
