import { readFileSync, statSync } from 'node:fs';
import { AppError, messageOf } from '../../../../shared/kernel/errors.ts';
import { type Engine, PatternGuard } from '../../../records/patterns/pattern-guard.ts';
import { type Groups, SafePattern } from '../../../records/patterns/safe-pattern.ts';
import { type Entry, readRegexesFile } from './regexes-file.ts';

const FILE_BYTES_MAX = 4 * 1024 * 1024;
const PATTERNS_MAX = 10_000;
/** What a list calls whatever it does not know. */
const OTHER = 'Other';

/** One value of what is told, in the order of the groups: where it comes from, and its replacement. */
interface Told {
  readonly group: number;
  readonly replacement: string;
}

/** How each list calls what replaces the groups, one after another. */
const REPLACED = {
  agent: ['family_replacement', 'v1_replacement', 'v2_replacement', 'v3_replacement'],
  os: ['os_replacement', 'os_v1_replacement', 'os_v2_replacement', 'os_v3_replacement'],
} as const;

/** Values in their order; undefined: it is not told. */
type Values = readonly (string | undefined)[];

interface Rule {
  readonly pattern: SafePattern;
  readonly valuesOf: (groups: NonNullable<Groups>) => Values;
}

/** What a User-Agent tells by the patterns of a file. */
export interface AgentFacts {
  /** Family, major, minor, patch. */
  readonly agent: Values;
  readonly os: Values;
  /** Family, brand, model. */
  readonly device: Values;
}

/**
 * Opens a file of patterns of ua-parser. They are a user's, and the texts a stranger's: one that
 * takes long is matched by the engine whose time is bounded.
 *
 * @throws AppError `invalid` that names the file, and what is wrong with it.
 */
export function openRegexes(path: string, onSlow: () => void): (text: string) => AgentFacts {
  try {
    const { size } = statSync(path);
    if (size > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
    const file = readRegexesFile(readFileSync(path, 'utf8'));
    const lists = {
      agent: file.user_agent_parsers.map((entry) => versionRule(entry, REPLACED.agent)),
      os: file.os_parsers.map((entry) => versionRule(entry, REPLACED.os)),
      device: file.device_parsers.map(deviceRule),
    };
    const count = lists.agent.length + lists.os.length + lists.device.length;
    if (count === 0 || count > PATTERNS_MAX) {
      throw new Error(`it has ${count} patterns, and 1 to ${PATTERNS_MAX} are right`);
    }
    const guard = new PatternGuard(onSlow);
    return (text) => guarded(guard, text, lists);
  } catch (cause) {
    throw new AppError('invalid', `transform UserAgent: cannot use ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

type Lists = Readonly<Record<keyof AgentFacts, readonly Rule[]>>;

function guarded(guard: PatternGuard, text: string, { agent, os, device }: Lists): AgentFacts {
  let facts: AgentFacts = { agent: [], os: [], device: [] };
  guard.each({ count: 1, characters: text.length }, (_index, engine) => {
    facts = {
      agent: firstOf(agent, text, engine),
      os: firstOf(os, text, engine),
      device: firstOf(device, text, engine),
    };
  });
  return facts;
}

function firstOf(rules: readonly Rule[], text: string, engine: Engine): Values {
  for (const { pattern, valuesOf } of rules) {
    const groups = engine === 'native' ? pattern.nativeMatch(text) : pattern.linearMatch(text);
    if (groups !== null) return valuesOf(groups);
  }
  return [OTHER];
}

function versionRule(entry: Entry, keys: readonly string[]): Rule {
  return ruleOf(
    entry,
    keys.map((key, index) => ({
      group: index + 1,
      replacement: entry.get(key) ?? '',
    })),
  );
}

/** A brand is only what a replacement says; family and model are the first group else. */
function deviceRule(entry: Entry): Rule {
  return ruleOf(entry, [
    { group: 1, replacement: entry.get('device_replacement') ?? '' },
    { group: Number.POSITIVE_INFINITY, replacement: entry.get('brand_replacement') ?? '' },
    { group: 1, replacement: entry.get('model_replacement') ?? '' },
  ]);
}

function ruleOf(entry: Entry, told: readonly Told[]): Rule {
  const regex = entry.get('regex');
  if (regex === undefined) throw new Error('an entry has no regex');
  const pattern = patternOf(regex, entry.get('regex_flag') === 'i');
  return {
    pattern,
    valuesOf: (groups) =>
      told.map(({ group, replacement }) => {
        const text = replacement === '' ? groups[group] : filledIn(replacement, groups);
        const value = text?.trim();
        return value === '' ? undefined : value;
      }),
  };
}

function patternOf(regex: string, ignoresCase: boolean): SafePattern {
  try {
    return new SafePattern(ignoresCase ? `(?i)${regex}` : regex);
  } catch (thrown) {
    throw new Error(`the regex "${regex.slice(0, 80)}": ${messageOf(thrown)}`, { cause: thrown });
  }
}

function filledIn(replacement: string, groups: NonNullable<Groups>): string {
  return replacement.replace(/\$([1-9])/g, (_all, number: string) => groups[Number(number)] ?? '');
}
