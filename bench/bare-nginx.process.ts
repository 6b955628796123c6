import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under access logs that become JSON: one regular expression, one object of fixed shape. */

const COMBINED =
  /^(\S+) (\S+) (\S+) \[([^\]]+)\] "(\S+) (\S+) HTTP\/([^"]+)" (\d+) (\d+|-) "([^"]*)" "([^"]*)"$/;

serveBareLoop((lines) => {
  let text = '';
  for (const line of textLines(lines)) {
    const found = COMBINED.exec(line);
    if (found === null) throw new Error(`no access log: ${line}`);
    text += `${JSON.stringify(recordOf(found))}\n`;
  }
  return text;
});

/** By number, for groups with names make slow objects. */
function recordOf(found: RegExpExecArray) {
  return {
    remote_addr: found[1],
    ident: found[2],
    remote_user: found[3],
    time_local: found[4],
    method: found[5],
    path: found[6],
    http_version: found[7],
    status: Number(found[8]),
    bytes: Number(found[9]),
    referrer: found[10],
    agent: found[11],
  };
}
