/** What the suite gives a transform. Add one to the table in `rigs/transforms.ts`. */
export interface TransformRig {
  /** What it is tried with: `dir` has a file `ip.mmdb`. It works on the fields `a` and `b.c`. */
  options(dir: string): readonly [TransformOptions, ...TransformOptions[]];
  /**
   * What becomes of a record without its fields: it goes on as it is, and is `counted` as an error,
   * or `kept` as right; or the transform is about something else than a field.
   */
  readonly withoutField: 'counted' | 'kept' | 'other';
  /** It can do it to the text of a record, too: it has `edits`. */
  readonly editsText?: true;
}

export type TransformOptions = Readonly<Record<string, unknown>>;
