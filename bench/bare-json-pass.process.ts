import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under JSON that nothing changes: each line is parsed, and passed on as it is. */

serveBareLoop((lines) => {
  for (const line of textLines(lines)) JSON.parse(line);
  return lines;
});
