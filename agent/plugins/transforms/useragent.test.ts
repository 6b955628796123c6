import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { userAgentTransform } from './useragent.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1';

function apply(options: Record<string, unknown>, record: Record<string, unknown>) {
  return userAgentTransform
    .configure({ key: 'ua', ...options })
    .open(pluginContext())
    .apply([record]);
}

describe('the transform UserAgent', () => {
  it('adds what it tells of browser, system and device', () => {
    expect(apply({}, { ua: IPHONE }).records[0]).toMatchObject({
      ...{ UA_Family: 'Mobile Safari', UA_Major: '17', UA_Minor: '4', UA_Patch: '1' },
      ...{ UA_OS_Family: 'iOS', UA_OS_Major: '17', UA_OS_Minor: '4' },
      ...{ UA_Device_Family: 'iPhone', UA_Device_Brand: 'Apple', UA_Device_Model: 'iPhone' },
    });
  });

  it('adds only what is wanted, beside the field', () => {
    const off = { key: 'a.ua', os: 'false', device: false };

    expect(apply(off, { a: { ua: 'curl/8.5.0' } }).records).toEqual([{ a: { ua: 'curl/8.5.0' } }]);
  });

  it.each([
    { record: {}, why: 'transform key ua not exist in data' },
    { record: { ua: 1 }, why: 'transform key ua data type is not string' },
    { record: { ua: '' }, why: 'transform key ua is empty string' },
  ])('counts a record that it cannot change: $why', ({ record, why }) => {
    expect(apply({}, record)).toMatchObject({ records: [record], errors: 1, lastError: why });
  });
});

describe('the transform UserAgent with patterns of the user', () => {
  const FILE = `# patterns
user_agent_parsers:
  #### special ####
  - regex: '(Shop)App/(\\d+)\\.(\\d+)(?:\\.(\\d+)|)'
    family_replacement: 'The $1''s App'
  - regex: "^(curl)/(\\\\d+)"
    v1_replacement: '$2.x'
    v2_replacement: 0
  - regex: '^(?:a|aa)+$'
    family_replacement: Evil # or so

os_parsers:
  - regex: '(ShopOS) (\\d+)_(\\d+)'

device_parsers:
  - regex: 'shopphone ?(\\w+);(\\w*)'
    regex_flag: 'i'
    device_replacement: 'Shop $1 $2'
    brand_replacement: 'Shop'
  - regex: '(Plain)'
`;
  let dir = '';
  let path = '';

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ua-'));
    path = join(dir, 'regexes.yaml');
    await writeFile(path, FILE);
  });
  afterAll(() => rm(dir, { recursive: true }));

  it.each([
    {
      ua: 'ShopApp/3.14 (ShopOS 7_1; SHOPPHONE X1;)',
      fields: {
        ...{ UA_Family: "The Shop's App", UA_Major: '3', UA_Minor: '14', UA_OS_Family: 'ShopOS' },
        ...{ UA_OS_Major: '7', UA_OS_Minor: '1', UA_Device_Family: 'Shop X1' },
        ...{ UA_Device_Brand: 'Shop', UA_Device_Model: 'X1' },
      },
    },
    {
      ua: 'curl/8.5.0',
      fields: {
        ...{ UA_Family: 'curl', UA_Major: '8.x', UA_Minor: '0', UA_OS_Family: 'Other' },
        UA_Device_Family: 'Other',
      },
    },
    {
      ua: 'Plain',
      fields: {
        ...{ UA_Family: 'Other', UA_OS_Family: 'Other', UA_Device_Family: 'Plain' },
        UA_Device_Model: 'Plain',
      },
    },
  ])('tells of $ua what they say', ({ ua, fields }) => {
    expect(apply({ regex_yml_path: path }, { ua }).records).toEqual([{ ua, ...fields }]);
  });

  it('is not kept by a pattern and a text that are bad for each other', () => {
    const bad = Array.from({ length: 5 }, (_, n) => `${'a'.repeat(60 + n)}b`);
    const transform = userAgentTransform
      .configure({ key: 'ua', regex_yml_path: path, device: false, os: false })
      .open(pluginContext());

    const { records } = transform.apply(bad.map((ua) => ({ ua })));
    expect(records).toEqual(bad.map((ua) => ({ ua, UA_Family: 'Other' })));
  });

  it.each([
    { text: 'os_parsers:\n  - regex: |\n', why: 'line 2: "- regex: |" is no key and text' },
    { text: '- regex: x\n', why: 'line 1: "- regex: x" is no key and text' },
    { text: 'os_parsers:\n  nothing\n', why: 'line 2: "nothing" is no key and text' },
    { text: "os_parsers:\n  - regex: 'a(?=b)'\n", why: 'the regex "a(?=b)"' },
    { text: 'os_parsers:\n  - os_replacement: x\n', why: 'an entry has no regex' },
    { text: '# nothing\n', why: 'it has 0 patterns' },
  ])('refuses $text: $why', async ({ text, why }) => {
    const file = join(dir, 'bad.yaml');
    await writeFile(file, text);

    expect(() => apply({ regex_yml_path: file }, {})).toThrow(`cannot use ${file}: ${why}`);
  });

  it('reads a file only where one is named', () => {
    const configured = (given: object) => userAgentTransform.configure({ key: 'ua', ...given });

    expect(configured({ regex_yml_path: path }).readPaths()).toEqual([path]);
    expect(configured({}).readPaths()).toEqual([]);
  });
});
