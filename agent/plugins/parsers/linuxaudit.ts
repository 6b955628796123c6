import { z } from 'zod';
import { lineOptions } from '../../records/line-options.ts';
import { lineParser } from '../../records/line-parser.ts';
import { defineParser } from '../define.ts';
import { auditRecord } from './linuxaudit/audit-record.ts';

/** A line that the Linux audit system writes: `type=SYSCALL msg=audit(1364481363.243:24287): ...`. */
export const linuxauditParser = defineParser({
  type: 'linuxaudit',
  usage: 'A line of the log of the Linux audit system is one record.',
  sampleLog:
    'type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=2 success=no exit=-13 comm="cat"\n',
  options: z.object(lineOptions),
  open: (options) => lineParser('linuxaudit', options, (line) => [auditRecord(line)]),
});
