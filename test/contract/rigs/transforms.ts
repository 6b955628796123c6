import { join } from 'node:path';
import type { TransformOptions, TransformRig } from '../transform-rig.ts';

type Options = readonly [TransformOptions, ...TransformOptions[]];

/** Counts a record that has none of the fields. */
const counting = (...options: Options): TransformRig => ({
  options: () => options,
  withoutField: 'counted',
});
/** Has nothing to do then. */
const keeping = (...options: Options): TransformRig => ({
  options: () => options,
  withoutField: 'kept',
});
const other = (...options: Options): TransformRig => ({
  options: () => options,
  withoutField: 'other',
});

/** By type of transform. */
export const TRANSFORM_RIGS: Readonly<Record<string, TransformRig>> = {
  rename: { ...counting({ key: 'a', new: 'z' }, { key: 'b.c', new: 'z' }), editsText: true },
  discard: { ...keeping({ key: 'a' }, { key: 'a,b.c' }), editsText: true },
  replace: counting(
    { key: 'a', old_string: 'x', new_string: 'y' },
    { key: 'a', old_string: '[0-9]+', new_string: '$0', regex: true },
  ),
  label: {
    ...other({ key: 'z', value: 'x' }, { key: 'a', value: 'x', override: true }),
    editsText: true,
  },
  add: { ...other({ key: 'z', value: 'x' }, { key: 'b.c', value: 'x' }), editsText: true },
  arrayexpand: counting({ key: 'a' }, { key: 'b.c' }),
  case: counting({ key: 'a', mode: 'upper' }, { key: 'b.c', mode: 'lower' }),
  concat: counting({ key: 'a,b.c', new: 'z' }),
  convert: counting({ dsl: 'a long' }, { dsl: 'a date' }, { dsl: 'a map{x long},b array(float)' }),
  copy: {
    ...counting({ key: 'a', new: 'z' }, { key: 'b.c', new: 'a', override: true }),
    editsText: true,
  },
  date: counting({ key: 'a' }, { key: 'a', time_layout_before: '2006-01-02' }),
  dedupe: other({ key: 'a' }, { key: 'a,b.c', time_key: 'a' }),
  hash: counting({ key: 'a' }, { key: 'a,b.c', secret: 'salt' }),
  json: counting({ key: 'a' }, { key: 'a', extract: true, discard_key: true }),
  keyvalue: counting({ key: 'a' }, { key: 'a', new: 'z', discard_key: true }),
  mapreplace: counting({ key: 'a', map: 'x y' }, { key: 'b.c', map: '1 one', new: 'z' }),
  mask: counting({ key: 'a' }, { key: 'a,b.c', preset: 'email' }, { key: 'a', pattern: 'x+' }),
  number2ip: counting({ key: 'a' }, { key: 'a', new: 'z' }),
  pandora_key_convert: other({}),
  pick: other({ key: 'a' }, { key: 'a,b.c' }),
  sample: other({ rate: 0.5 }, { every: 2 }, { rate: 0.5, key: 'a' }),
  split: counting({ key: 'a', sep: ',', new: 'z' }),
  substring: counting({ key: 'a', start: 1, end: 3 }),
  throttle: other({ rate: 1 }, { rate: 1, key: 'a', time_key: 'b.c' }),
  timestamp: counting({ key: 'a' }, { key: 'a', new: 'z' }),
  trim: counting({ key: 'a', characters: 'x ' }),
  urlconvert: counting({ key: 'a' }, { key: 'a', mode: 'encode' }),
  urlparam: counting({ key: 'a' }, { key: 'a', select_keys: 'x' }),
  xml: counting({ key: 'a' }, { key: 'a', expand: true, discard_key: true }),
  filter: other({ key: 'a', pattern: 'x' }, { expr: 'a > 1 or b.c contains "x"' }),
  script: other({ script: '(record) => record' }, { script: '(record) => record.a.b.c' }),
  IP: {
    options: (dir) => [{ key: 'a', data_path: join(dir, 'ip.mmdb') }],
    withoutField: 'counted',
  },
  UserAgent: counting({ key: 'a' }),
  k8stag: counting({ sourcefilefield: 'a' }),
};
