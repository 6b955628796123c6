import { describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { discardSender } from './discard.ts';

describe('the sender discard', () => {
  it('accepts everything', async () => {
    const sender = await discardSender.configure({}).open(pluginContext());
    const signal = new AbortController().signal;

    const acceptance = await sender.send(new ObjectRecords([{ a: 1 }]), signal, { key: 'k1' });
    acceptance.committed();
    await acceptance.undo();

    expect(acceptance.positions).toEqual([]);
    await sender.close();
  });

  it.each([
    { options: {}, name: 'discardSender' },
    { options: { name: 'sink' }, name: 'sink' },
  ])('is called $name with $options', async ({ options, name }) => {
    expect((await discardSender.configure(options).open(pluginContext())).name).toBe(name);
  });
});
