import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under syslog by RFC 5424: one regular expression for just these messages. */

const MESSAGE =
  /^<(\d+)>(\d+) (\S+) (\S+) (\S+) (\S+) (\S+) \[([^ ]+) client="([^"]*)" page="([^"]*)"\] (.*)$/;

serveBareLoop((lines) => {
  let text = '';
  for (const line of textLines(lines)) {
    const found = MESSAGE.exec(line);
    if (found === null) throw new Error(`no message: ${line}`);
    text += `${JSON.stringify(recordOf(found))}\n`;
  }
  return text;
});

function recordOf(found: RegExpExecArray) {
  const priority = Number(found[1]);
  return {
    ...{ priority, facility: priority >> 3, severity: priority & 7, version: Number(found[2]) },
    ...{ timestamp: found[3], hostname: found[4], app_name: found[5] },
    ...{ proc_id: found[6], msg_id: found[7] },
    structured_data: { [found[8] ?? '']: { client: found[9], page: found[10] } },
    message: found[11],
  };
}
