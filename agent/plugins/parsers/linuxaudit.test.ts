import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { linuxauditParser } from './linuxaudit.ts';

function parse(line: string) {
  return linuxauditParser
    .configure({})
    .open(pluginContext())
    .parse(batchOf(`${line}\n`));
}

const STAMP = { msg_timestamp: '2013-03-28T14:36:03.243Z', msg_id: '24287' };

describe('the parser linuxaudit', () => {
  it.each([
    {
      line: 'type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e exit=-13 a1=0    a2=7f',
      record: { type: 'SYSCALL', ...STAMP, arch: 'c000003e', exit: '-13', a1: '0', a2: '7f' },
    },
    {
      line: `type=CWD msg=audit(1364481363.243:24287) msg='op=PAM:secret test1="a b" res=success b=  ' a= cwd="/home/shadow man" `,
      record: {
        ...{ type: 'CWD', ...STAMP, cwd: '/home/shadow man' },
        msg: { op: 'PAM:secret', test1: 'a b', res: 'success' },
      },
    },
    {
      line: 'type=PATH msg=audit(1364481363.243:24287): dev=fd:00 dev=x:y:z dev=1\u001dUID="root"',
      record: { type: 'PATH', ...STAMP, dev: 'fd:00', dev_1: 'x:y:z', dev_2: '1', UID: 'root' },
    },
    {
      line: `type=USER_LOGIN msg='op=login addr=10.0.0.7 res=failed'`,
      record: {
        ...{ type: 'USER_LOGIN', addr: '10.0.0.7' },
        msg: { op: 'login', addr: '10.0.0.7', res: 'failed' },
      },
    },
    { line: `msg='in words'`, record: { msg: 'in words' } },
    {
      line: '__proto__=1 a=2',
      record: Object.fromEntries([
        ['__proto__', '1'],
        ['a', '2'],
      ]),
    },
  ])('reads $line', ({ line, record }) => {
    expect(parse(line).records.objects()).toEqual([record]);
  });

  it('does not read a line without a field', () => {
    const { records, lastError } = parse('a');

    expect(records.objects()).toEqual([{ pandora_stash: 'a' }]);
    expect(lastError).toContain('it has no field');
  });
});
