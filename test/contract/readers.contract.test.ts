import { expect, it } from 'vitest';
import { READERS } from '../../agent/plugins/readers/catalog.ts';
import { describeReaders } from './reader-contract.ts';
import { READER_RIGS } from './rigs/readers.ts';
import { noRig, rigged } from './support/rig-of.ts';

const { found, missing } = rigged(READERS, READER_RIGS);

it('has a rig for every reader', () => {
  expect(missing, noRig(missing, 'test/contract/rigs/readers.ts')).toEqual([]);
});

// Those that connect to a server are in a file of their own, so that both run at the same time.
describeReaders(found.filter(({ rig }) => rig.silent === undefined));
