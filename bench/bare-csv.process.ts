import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under lines of CSV: one split, one object of fixed shape. */

serveBareLoop((lines) => {
  let text = '';
  for (const line of textLines(lines)) text += `${JSON.stringify(recordOf(line.split(',')))}\n`;
  return text;
});

function recordOf(fields: readonly string[]) {
  return {
    time: fields[0],
    level: fields[1],
    logger: fields[2],
    message: fields[3],
    client: fields[4],
    status: Number(fields[5]),
    bytes: Number(fields[6]),
    seconds: Number(fields[7]),
    url: fields[8],
    tag: fields[9],
  };
}
