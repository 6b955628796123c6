const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LINE_BREAKS = /[\r\n]+/g;
/** As both databases write a time: `2026-11-20 20:30:26.324158`, PostgreSQL with `+00` behind it. */
const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d(?::\d\d)?)?$/;

/** Digits as they came, so that none is lost; what is no number in JSON (`NaN`) is text. */
export function numberJson(text: string): string {
  return JSON_NUMBER.test(text) ? text : JSON.stringify(text);
}

/** JSON on one line: a line break stands only between its parts. */
export function oneLineJson(text: string): string {
  return text.replace(LINE_BREAKS, ' ');
}

/** RFC 3339; what has no zone of its own gets `zone`. `infinity` and `0000-00-00` stay as they are. */
export function timeText(text: string, zone: string): string {
  const [, date, time, own = zone] = TIME.exec(text) ?? [];
  if (date === undefined || time === undefined || date.startsWith('0000-00')) return text;
  return `${date}T${time}${zoneText(own)}`;
}

function zoneText(zone: string): string {
  if (/^[+-]00(:00)?$/.test(zone)) return 'Z';
  return zone.length === 3 ? `${zone}:00` : zone;
}
