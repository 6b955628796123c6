import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under lines in a form of their own: one regular expression, written for them. */

const LINE =
  /^(\S+ \S+) (\w+) \[([^\]]+)\] ([^:]+): served item (\d+) to (\S+) in (\d+) us, (\d+) bytes$/;

serveBareLoop((lines) => {
  let text = '';
  for (const line of textLines(lines)) {
    const found = LINE.exec(line);
    if (found === null) throw new Error(`no line: ${line}`);
    text += `${JSON.stringify(recordOf(found))}\n`;
  }
  return text;
});

function recordOf(found: RegExpExecArray) {
  return {
    time: found[1],
    level: found[2],
    thread: found[3],
    class: found[4],
    item: found[5],
    client: found[6],
    us: Number(found[7]),
    bytes: Number(found[8]),
  };
}
