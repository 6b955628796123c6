import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { itemNumber, type LogFile, linesOf } from '../support/log-files.ts';

/**
 * Whether a file has every line of the input, once and in order.
 * @throws Error that says where it has not.
 */
export type OutputCheck = (input: LogFile, output: string) => Promise<void> | void;

const execute = promisify(execFile);

/** The same bytes. */
export const isSame: OutputCheck = async (input, output) => {
  await execute('cmp', [input.path, output]);
};

/** Raw records in JSON, of the very lines that they were made of. */
export const isRawJson: OutputCheck = (input, output) => {
  const records = linesOf(output);
  let number = 0;
  for (const line of linesOf(input.path)) {
    number += 1;
    const record: unknown = JSON.parse(records.next().value ?? 'null');
    if (!isRawRecord(record, line)) throw new Error(`${output} differs at line ${number}`);
  }
  if (records.next().done !== true) throw new Error(`${output} has more than ${number} lines`);
};

function isRawRecord(record: unknown, line: string): boolean {
  if (typeof record !== 'object' || record === null) return false;
  return 'raw' in record && record.raw === `${line}\n` && 'timestamp' in record;
}

/** To look closely at every one would take longer than what is measured. */
const CLOSE_LOOK_EVERY = 97;

/** Each line has the number of its item; of some, the whole record is looked at. */
export function inOrder(isRight: (record: unknown, index: number) => boolean): OutputCheck {
  return (input, output) => {
    let index = 0;
    for (const line of linesOf(output)) {
      const isIt = line.includes(itemNumber(index));
      const isLookedAt = index % CLOSE_LOOK_EVERY === 0;
      if (!isIt || (isLookedAt && !isRight(JSON.parse(line), index))) {
        throw new Error(`${output} is wrong at line ${index + 1}: ${line}`);
      }
      index += 1;
    }
    if (index !== input.lines) throw new Error(`${output} has ${index} lines of ${input.lines}`);
  };
}
