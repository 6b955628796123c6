import { PARSERS } from './parsers/catalog.ts';
import type { ParserPlugin, ReaderPlugin, SenderPlugin, TransformPlugin } from './plugin.ts';
import { READERS } from './readers/catalog.ts';
import { SENDERS } from './senders/catalog.ts';
import { TRANSFORMS } from './transforms/catalog.ts';

/** The plugins a runner may name. */
export interface Catalog {
  readonly readers: readonly ReaderPlugin[];
  readonly parsers: readonly ParserPlugin[];
  readonly transforms: readonly TransformPlugin[];
  readonly senders: readonly SenderPlugin[];
}

/** All that the product brings. */
export const CATALOG: Catalog = {
  readers: READERS,
  parsers: PARSERS,
  transforms: TRANSFORMS,
  senders: SENDERS,
};
