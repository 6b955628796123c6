import type { PluginOptions } from '../../shared/domain/runner-config.ts';

/** What the suite gives a parser. Add one to the table in `rigs/parsers.ts`. */
export interface ParserRig {
  /** What it cannot do without, and what makes it do more; `broken` is for the first of them. */
  readonly options: readonly [PluginOptions, ...PluginOptions[]];
  /** By which it parses its sample, where the first of `options` does not. */
  readonly sampleOptions?: PluginOptions;
  /** A line that does not parse; null: every line does. */
  readonly broken: string | null;
}
