import { basename, dirname, join } from 'node:path';

const ELEMENT = /%(.?)/g;
const KNOWN = 'YmdHMS%';

/** What is wrong with the date elements of a path; null when nothing is. */
export function pathProblem(template: string): string | null {
  for (const [element, letter = ''] of template.matchAll(ELEMENT)) {
    if (letter === '' || !KNOWN.includes(letter)) {
      return `"${element}" is no date element; there are %Y %m %d %H %M %S, and %% for %`;
    }
  }
  return null;
}

/** The path at a time: date elements in the local time of this machine. */
export function renderPath(template: string, timeMs: number): string {
  if (!template.includes('%')) return template;
  const time = new Date(timeMs);
  return template.replace(ELEMENT, (_element, letter: string) => dateText(letter, time));
}

/** `/out/app.log` in partition 2 is `/out/partition2/app.log`. */
export function partitionPath(path: string, partition: number | string): string {
  return join(dirname(path), `partition${partition}`, basename(path));
}

function dateText(letter: string, time: Date): string {
  switch (letter) {
    case 'Y':
      return String(time.getFullYear());
    case 'm':
      return twoDigits(time.getMonth() + 1);
    case 'd':
      return twoDigits(time.getDate());
    case 'H':
      return twoDigits(time.getHours());
    case 'M':
      return twoDigits(time.getMinutes());
    case 'S':
      return twoDigits(time.getSeconds());
    default:
      return '%';
  }
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
