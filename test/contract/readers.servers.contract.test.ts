import { READERS } from '../../agent/plugins/readers/catalog.ts';
import { describeReaders } from './reader-contract.ts';
import { READER_RIGS } from './rigs/readers.ts';
import { rigged } from './support/rig-of.ts';

const { found } = rigged(READERS, READER_RIGS);

describeReaders(found.filter(({ rig }) => rig.silent !== undefined));
