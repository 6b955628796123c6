import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under JSON with a field added and a field renamed: parsed, changed, made text again. */

serveBareLoop((lines) => {
  let text = '';
  for (const line of textLines(lines)) {
    const record: unknown = JSON.parse(line);
    if (!isTimed(record)) throw new Error(`not what is timed here: ${line}`);
    const { seconds, ...others } = record;
    text += `${JSON.stringify({ ...others, duration: seconds, team: 'shop' })}\n`;
  }
  return text;
});

function isTimed(record: unknown): record is { readonly seconds: number } {
  return typeof record === 'object' && record !== null && 'seconds' in record;
}
