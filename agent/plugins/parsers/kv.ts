import { KeyValueOptions, openKeyValues } from '../../records/key-value-lines.ts';
import { defineParser } from '../define.ts';

/** The same as `logfmt`, by the name that the original shows. */
export const kvParser = defineParser({
  type: 'KV',
  usage: 'A line of keys and values, told apart by a splitter, is one record; the same as logfmt.',
  sampleLog:
    'ts=2018-01-02T03:04:05.123Z lvl=5 msg="error" log_id=123456abc\nmethod=PUT duration=1.23\n',
  options: KeyValueOptions,
  open: (options) => openKeyValues('KV', options),
});
