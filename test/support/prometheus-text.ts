const LABEL = String.raw`[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"`;
/** Prometheus reads `NaN` whatever its case. */
const NUMBER = String.raw`(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|[Nn]a[Nn])`;
const SAMPLE = new RegExp(`^([a-zA-Z_:][\\w:]*)(\\{${LABEL}(?:,${LABEL})*\\})? ${NUMBER}$`);
const HELP = /^# HELP ([a-zA-Z_:][\w:]*) \S.*$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary)$/;
const SERIES_OF_FAMILY = /_(?:bucket|sum|count)$/;

/** The families of a Prometheus text and how many samples each has. Throws at a line that is wrong. */
export function prometheusFamilies(text: string): Map<string, number> {
  if (!text.endsWith('\n')) throw new Error('the text does not end with a line feed');
  const families = new Map<string, number>();
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const family = TYPE.exec(line)?.[1];
    if (family !== undefined) {
      if (families.has(family)) throw new Error(`${family} has two types`);
      families.set(family, 0);
      continue;
    }
    if (HELP.test(line)) continue;
    countSample(line, families);
    const series = line.slice(0, line.lastIndexOf(' '));
    if (seen.has(series)) throw new Error(`${series} is there twice`);
    seen.add(series);
  }
  return families;
}

function countSample(line: string, families: Map<string, number>): void {
  const name = SAMPLE.exec(line)?.[1];
  if (name === undefined) throw new Error(`no line of a Prometheus text: ${line}`);
  const family = families.has(name) ? name : name.replace(SERIES_OF_FAMILY, '');
  const count = families.get(family);
  if (count === undefined) throw new Error(`${name} comes before its type`);
  families.set(family, count + 1);
}
