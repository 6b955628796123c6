import { z } from 'zod';
import { JsonLines, jsonLineError } from '../../records/json-lines.ts';
import { jsonRecords } from '../../records/json-records.ts';
import { type LineOptions, lineOptions } from '../../records/line-options.ts';
import { ParsedLines } from '../../records/parsed-lines.ts';
import { textLines } from '../../records/text-lines.ts';
import { defineParser } from '../define.ts';
import { type Parsed, type SourceBatch } from '../plugin.ts';

/**
 * A line is one JSON object, or an array of them; its numbers keep the digits they are written with.
 * Where nothing is added to it, it goes on as the text that it is.
 */
export const jsonParser = defineParser({
  type: 'json',
  usage:
    'A line is one JSON object, or an array of them; numbers keep the digits they are written with.',
  sampleLog: '{"a":"b","c":1,"d":1.1}\n',
  options: z.object(lineOptions),
  open: (options) => {
    const makesText = options.labels.length === 0 && !options.keep_raw_data;
    return {
      makesText,
      parse(batch, wanted = 'ndjson') {
        const lines = withoutByteOrderMark(batch);
        const isText = makesText && wanted === 'ndjson';
        return isText ? new JsonLines(lines, options).parsed() : asObjects(lines, options);
      },
    };
  },
});

function asObjects(batch: SourceBatch, options: LineOptions): Parsed {
  const lines = textLines(batch);
  const parsed = new ParsedLines(lines, options);
  for (const [index, line] of lines.texts.entries()) {
    try {
      parsed.succeed(index, jsonRecords(line));
    } catch (thrown) {
      parsed.fail(index, jsonLineError(line, thrown));
    }
  }
  return parsed.parsed();
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** A file may begin with a mark that is no part of its first line. */
function withoutByteOrderMark(batch: SourceBatch): SourceBatch {
  const { bytes, ends, range } = batch;
  const length = BYTE_ORDER_MARK.length;
  if (range.start > 0 || !bytes.subarray(0, length).equals(BYTE_ORDER_MARK)) return batch;
  return {
    ...batch,
    bytes: bytes.subarray(length),
    ends: ends && ends.map((end) => end - length),
  };
}
