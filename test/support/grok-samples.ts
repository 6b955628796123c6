import { grokParser } from '../../agent/plugins/parsers/grok.ts';
import type { LogRecord } from '../../agent/plugins/plugin.ts';
import { batchOf, pluginContext } from './plugin-context.ts';

/** A line that a pattern is for, and fields that come of it; none: it is matched as a whole. */
export interface Sample {
  readonly name: string;
  readonly line: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** What a pattern makes of a line; `matched` is as much of it as the pattern takes. */
export function sampleRecord({ name, line }: Sample): LogRecord | undefined {
  const parser = grokParser.configure({
    ...{ grok_patterns: `%{${name}:matched}`, errdata_to: 'drop' },
  });
  const [record] = parser
    .open(pluginContext())
    .parse(batchOf(`${line}\n`))
    .records.objects();
  return record;
}

/** The names of the patterns that a text of definitions has. */
export function namesIn(definitions: string): string[] {
  return definitions
    .split('\n')
    .filter((line) => /^\w/.test(line))
    .map((line) => line.slice(0, line.indexOf(' ')));
}
