import { UAParser } from 'ua-parser-js';
import { z } from 'zod';
import { changeEach, missing } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { KnownAnswers } from '../../records/known-answers.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

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
});
type UserAgentOptions = z.output<typeof UserAgentOptions>;

/** Adds what a User-Agent tells of browser, system and device, beside its field. */
export const userAgentTransform = defineTransform({
  type: 'UserAgent',
  usage: 'Adds what a User-Agent tells of browser, system and device.',
  options: UserAgentOptions,
  open: (options) => {
    const { key } = options;
    const known = new KnownAnswers(AGENTS_MAX, (text) => fieldsOf(text, options));
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

function fieldsOf(text: string, { agent, os, device }: UserAgentOptions): NewFields {
  const told = new UAParser(text).getResult();
  const fields: (readonly [string, string | undefined])[] = [];
  if (agent) fields.push(['UA_Family', told.browser.name], ...numbered('UA', told.browser.version));
  if (os) fields.push(['UA_OS_Family', told.os.name], ...numbered('UA_OS', told.os.version));
  if (device) {
    fields.push(
      ['UA_Device_Family', told.device.model ?? told.device.type],
      ['UA_Device_Brand', told.device.vendor],
      ['UA_Device_Model', told.device.model],
    );
  }
  return fields.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
}

function numbered(prefix: string, version = ''): [string, string | undefined][] {
  const [major, minor, patch] = version.split('.');
  return [
    [`${prefix}_Major`, major],
    [`${prefix}_Minor`, minor],
    [`${prefix}_Patch`, patch],
  ];
}

function beside(key: FieldPath, name: string): FieldPath {
  const names: readonly string[] = [...key.slice(0, -1), name];
  const [first = name, ...rest] = names;
  return [first, ...rest];
}
