import { quotedText } from './mysql-values.ts';

const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:([Zz])|([+-]\d\d:\d\d))$/;

/** A JSON value as MySQL reads it; `isTime`: for a column of dates and times, which are in UTC. */
export function mysqlLiteral(value: unknown, isTime: boolean): string {
  if (value === undefined) return 'DEFAULT';
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quotedText(isTime ? utcText(value) : value);
  const json = JSON.stringify(value);
  return typeof value === 'object' && !JSON.isRawJSON(value) ? quotedText(json) : json;
}

/** `2026-11-20T20:30:26.5+08:00` becomes `2026-11-20 12:30:26.5`; any other text stays. */
function utcText(text: string): string {
  const [, date = '', time = '', fraction = '', utc, offset = ''] = RFC_3339.exec(text) ?? [];
  if (date === '') return text;
  if (utc !== undefined) return `${date} ${time}${fraction}`;
  const ms = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(ms)) return text;
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ') + fraction;
}
