import { UAParser } from 'ua-parser-js';
import { z } from 'zod';
import { changeEach, missing } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { KnownAnswers } from '../../records/known-answers.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type AgentFacts, openRegexes } from './useragent/regexes.ts';

const AGENTS_MAX = 10_000;
/** No browser's is as long; more of it is not looked at. */
const LENGTH_MAX = 1_000;

const on = z
  .union([z.boolean(), z.enum(['true', 'false', 'True', 'False', ''])], {
    error: 'must be true or false',
  })
  .default(true)
  .transform((value) => value === true || value === '' || String(value).toLowerCase() === 'true');

const UserAgentOptions = z.object({
  key: transformOption.key('http_user_agent'),
  agent: on
    .describe('Adds UA_Family, UA_Major, UA_Minor and UA_Patch.')
    .meta({ choices: ['true', 'false'] }),
  os: on
    .describe('Adds UA_OS_Family, UA_OS_Major, UA_OS_Minor and UA_OS_Patch.')
    .meta({ choices: ['true', 'false'] }),
  device: on
    .describe('Adds UA_Device_Family, UA_Device_Brand and UA_Device_Model.')
    .meta({ choices: ['true', 'false'] }),
  regex_yml_path: transformOption.text
    .default('')
    .describe(
      'The file regexes.yaml of ua-parser, whose patterns are used instead of those that are built in.',
    )
    .meta({ advanced: true, example: '/etc/ua/regexes.yaml' }),
});
type UserAgentOptions = z.output<typeof UserAgentOptions>;

/** Adds what a User-Agent tells of browser, system and device, beside its field. */
export const userAgentTransform = defineTransform({
  type: 'UserAgent',
  usage: 'Adds what a User-Agent tells of browser, system and device.',
  options: UserAgentOptions,
  readPaths: ({ regex_yml_path: path }) => (path === '' ? [] : [path]),
  open: (options, { log }) => {
    const { key, regex_yml_path: path } = options;
    const onSlow = () =>
      log.warn({ path }, 'patterns of user agents take too long: they match slowly now');
    const factsOf = path === '' ? builtInFacts : openRegexes(path, onSlow);
    const known = new KnownAnswers(AGENTS_MAX, (text) => fieldsOf(factsOf(text), options));
    return {
      apply: (records) =>
        changeEach(records, (record) => {
          if (!hasField(record, key)) return missing(key);
          const text = getField(record, key);
          if (typeof text !== 'string') {
            return `transform key ${key.join('.')} data type is not string`;
          }
          if (text === '') return `transform key ${key.join('.')} is empty string`;
          for (const [name, value] of known.of(text.slice(0, LENGTH_MAX))) {
            setField(record, beside(key, name), value);
          }
          return null;
        }),
    };
  },
});

type NewFields = readonly (readonly [name: string, value: string])[];

const NAMES: Readonly<Record<keyof AgentFacts, readonly string[]>> = {
  agent: ['UA_Family', 'UA_Major', 'UA_Minor', 'UA_Patch'],
  os: ['UA_OS_Family', 'UA_OS_Major', 'UA_OS_Minor', 'UA_OS_Patch'],
  device: ['UA_Device_Family', 'UA_Device_Brand', 'UA_Device_Model'],
};

function fieldsOf(facts: AgentFacts, { agent, os, device }: UserAgentOptions): NewFields {
  const fields = (of: keyof AgentFacts): NewFields =>
    NAMES[of].flatMap((name, index) => {
      const value = facts[of][index] ?? '';
      return value === '' ? [] : [[name, value]];
    });
  return [
    ...(agent ? fields('agent') : []),
    ...(os ? fields('os') : []),
    ...(device ? fields('device') : []),
  ];
}

/** By the patterns that come with the program. */
function builtInFacts(text: string): AgentFacts {
  const { browser, os, device } = new UAParser(text).getResult();
  return {
    agent: [browser.name, ...(browser.version ?? '').split('.')],
    os: [os.name, ...(os.version ?? '').split('.')],
    device: [device.model ?? device.type, device.vendor, device.model],
  };
}

function beside(key: FieldPath, name: string): FieldPath {
  const names: readonly string[] = [...key.slice(0, -1), name];
  const [first = name, ...rest] = names;
  return [first, ...rest];
}
