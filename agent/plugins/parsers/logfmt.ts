import { KeyValueOptions, openKeyValues } from '../../records/key-value-lines.ts';
import { defineParser } from '../define.ts';

/** `ts=2018-01-02T03:04:05.123Z lvl=info msg="a message" size=12`: one record a line. */
export const logfmtParser = defineParser({
  type: 'logfmt',
  usage:
    'A line of keys and values, ts=2018-01-02T03:04:05Z msg="a message" size=12, is one record.',
  sampleLog:
    'ts=2018-01-02T03:04:05.123Z lvl=5 msg="error" log_id=123456abc\nmethod=PUT duration=1.23\n',
  options: KeyValueOptions,
  open: (options) => openKeyValues('logfmt', options),
});
