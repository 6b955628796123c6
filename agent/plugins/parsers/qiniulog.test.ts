import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { SafePattern } from '../../records/patterns/safe-pattern.ts';
import { qiniulogParser } from './qiniulog.ts';

function parse(event: string, options: Record<string, string> = {}) {
  const text = `${event}\n`;
  const batch = { ...batchOf(text), lines: 1, ends: Uint32Array.of(Buffer.byteLength(text)) };
  return qiniulogParser.configure(options).open(pluginContext()).parse(batch);
}

/** A time of this machine, whatever its zone. */
const time = (text: string) => expect.stringMatching(new RegExp(`^${text}[+-]\\d\\d:\\d\\d$`));

interface Row {
  readonly event: string;
  readonly options?: Record<string, string>;
  readonly record: object;
}

describe('the parser qiniulog', () => {
  it.each<Row>([
    {
      event: '2017/03/28 15:41:06 [Wm0AAPg-IUMW-68U][INFO] bdc.go:573: deleted: 67608',
      record: {
        ...{ time: time('2017/03/28 15:41:06'), reqid: 'Wm0AAPg-IUMW-68U', level: 'INFO' },
        ...{ file: 'bdc.go:573:', log: 'deleted: 67608' },
      },
    },
    {
      event:
        '2016/10/20 18:20:30.642666 [ERROR] github.com/app/disk.go:241: readOne() error\n  at x\n',
      record: {
        ...{ time: time('2016/10/20 18:20:30.642666'), level: 'ERROR' },
        ...{ file: 'github.com/app/disk.go:241:', log: 'readOne() error\n  at x' },
      },
    },
    {
      event: '2016/10/20 18:20:30 [INFO] disk.go github.com/app/disk.go:241: ',
      record: {
        ...{ time: time('2016/10/20 18:20:30'), level: 'INFO' },
        ...{ file: 'disk.go github.com/app/disk.go:241:', log: '' },
      },
    },
    {
      event: '2018/08/17 10:49:29 [INFO][github.com/app/reader] seqfile.go:538: Runner[x]',
      record: {
        ...{ time: time('2018/08/17 10:49:29'), level: 'INFO', module: 'github.com/app/reader' },
        ...{ file: 'seqfile.go:538:', log: 'Runner[x]' },
      },
    },
    {
      event: '2018/08/30 11:45:00 [INFO][gRI0EyK7]["github.com/a/logger.go:75"] [REQ_END] 200',
      record: {
        ...{ time: time('2018/08/30 11:45:00'), level: 'INFO', reqid: 'gRI0EyK7' },
        ...{ file: 'github.com/a/logger.go:75', log: '[REQ_END] 200' },
      },
    },
    {
      event: '2017/01/22 11:16:08 [ERROR]["qiniu.io/login.go:29"] current uid: 7',
      options: { qiniulog_log_headers: 'date,time,level,reqid,file,log' },
      record: {
        ...{ time: time('2017/01/22 11:16:08'), level: 'ERROR' },
        ...{ file: 'qiniu.io/login.go:29', log: 'current uid: 7' },
      },
    },
    {
      event: 'APP 2017/01/22 11:16:08 [r1][WARN] a.go:1: b',
      options: { qiniulog_prefix: 'APP', labels: 'team x' },
      record: {
        ...{ prefix: 'APP', time: time('2017/01/22 11:16:08'), reqid: 'r1', level: 'WARN' },
        ...{ file: 'a.go:1:', log: 'b', team: 'x' },
      },
    },
    {
      event: '2017/01/22 [core] b',
      options: { qiniulog_log_headers: 'date,module' },
      record: { date: '2017/01/22', module: 'core', log: 'b' },
    },
  ])('reads $event', ({ event, options, record }) => {
    expect(parse(event, options).records.objects()).toEqual([record]);
  });

  it.each([
    { event: 'hello', why: 'it has no date such as 2016/10/20' },
    { event: '2016/10/20 noon [INFO] a.go:1: x', why: 'it has no time such as' },
    { event: '2016/10/20 10:00:00 INFO a.go:1: x', why: 'it has no level such as [INFO]' },
    { event: '2016/10/20 10:00:00 [INFO] a.go x', why: 'it has no file such as main.go:12:' },
  ])('does not read $event', ({ event, why }) => {
    const { records, lastError } = parse(event);

    expect(records.objects()).toEqual([{ pandora_stash: event }]);
    expect(lastError).toContain(why);
  });

  it('refuses a head that there is none of', () => {
    expect(() => qiniulogParser.configure({ qiniulog_log_headers: 'date,colour' })).toThrow(
      'qiniulog_log_headers: "colour" is none of prefix, date',
    );
  });

  it.each([
    { line: '2016/10/20 17:30:21.433423 [r][WARN] a.go:1: x', isHead: true },
    { line: 'QINIU 2016/10/20 17:30:21 [INFO] a.go:1: x', isHead: true },
    { line: '[r]{"error":"2016/10/20 17:30:21 [x"}', isHead: false },
    { line: '2016-10-20 17:30:21 [INFO] a.go:1: x', isHead: false },
  ])('has the reader begin an event with $line: $isHead', ({ line, isHead }) => {
    const head = new SafePattern(qiniulogParser.headPattern ?? '');

    expect(head.nativeMatch(line) !== null).toBe(isHead);
  });
});
