import { BACULA_PATTERNS } from './bacula-patterns.ts';
import { CISCO_PATTERNS } from './cisco-patterns.ts';
import { CORE_PATTERNS } from './core-patterns.ts';
import { FIREWALL_PATTERNS } from './firewall-patterns.ts';
import { NAGIOS_PATTERNS } from './nagios-patterns.ts';
import { NETWORK_PATTERNS } from './network-patterns.ts';
import { SYSTEM_PATTERNS } from './system-patterns.ts';
import { WEB_PATTERNS } from './web-patterns.ts';

const BUILT_IN = [
  CORE_PATTERNS,
  WEB_PATTERNS,
  SYSTEM_PATTERNS,
  CISCO_PATTERNS,
  FIREWALL_PATTERNS,
  NETWORK_PATTERNS,
  NAGIOS_PATTERNS,
  BACULA_PATTERNS,
];

/** Patterns by their names. */
export type Library = ReadonlyMap<string, string>;

/**
 * The patterns that are there for everybody, and a user's own, which take their places. A line of
 * each text is a name, blanks and a pattern; lines that begin with `#` are comments.
 *
 * @throws Error that quotes a line that is no definition.
 */
export function libraryWith(texts: readonly string[]): Library {
  const library = new Map<string, string>();
  for (const text of [...BUILT_IN, ...texts]) {
    for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      const [, name, pattern] = /^([\w.-]+)\s+(.*)$/.exec(line) ?? [];
      if (name === undefined || pattern === undefined) {
        throw new Error(`"${line.slice(0, 80)}" is no definition, write "NAME pattern"`);
      }
      library.set(name, pattern);
    }
  }
  return library;
}
