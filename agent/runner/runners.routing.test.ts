import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';

let rig: RunnersRig;

beforeEach(async () => {
  rig = await RunnersRig.create();
});

afterEach(() => rig.remove());

describe('a router in a configuration', () => {
  /** In the order of the configuration, which is not that of their paths. */
  const senders = () =>
    ['z', 'a', 'm'].map((name) => ({
      sender_type: 'file',
      file_send_path: rig.sink(name),
      file_write_raw: 'true',
    }));

  it('sends each line to the sender whose place its route names', async () => {
    const router = {
      ...{ router_key_name: 'raw', router_match_type: 'contains', router_default_sender: 1 },
      router_routes: { 7: 0, 77: 2 },
    };

    await rig.add('r1', { senders: senders(), router });
    await waitFor('all lines', () => rig.status('r1')?.readDataCount === 100);

    const lines = (await readFile(rig.source, 'utf8')).split(/(?<=\n)/);
    const sent = (name: string) => readFile(rig.sink(name), 'utf8');
    expect(await sent('m')).toBe(lines.filter((line) => line.includes('77')).join(''));
    expect(await sent('a')).toBe(lines.filter((line) => !line.includes('7')).join(''));
    const seven = (line: string) => line.includes('7') && !line.includes('77');
    expect(await sent('z')).toBe(lines.filter(seven).join(''));
  });

  it('is refused when it names a sender that is not there', async () => {
    const router = { router_key_name: 'raw', router_routes: { x: 3 } };

    await expect(rig.add('r1', { senders: senders(), router })).rejects.toThrow(
      'the route of "x" is sender 3, which is not there; write 0 to 2',
    );
  });
});
