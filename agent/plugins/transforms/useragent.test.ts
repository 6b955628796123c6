import { describe, expect, it } from 'vitest';
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
