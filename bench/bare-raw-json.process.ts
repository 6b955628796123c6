import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under raw lines that become JSON: `{"raw": line, "timestamp": now}`. */

serveBareLoop((lines) => {
  const timestamp = new Date().toISOString();
  let text = '';
  for (const line of textLines(lines)) {
    text += `${JSON.stringify({ raw: `${line}\n`, timestamp })}\n`;
  }
  return text;
});
