import { describe, expect, it } from 'vitest';
import { compileGoLayout, formatRfc3339 } from './go-time.ts';

function read(layout: string, text: string): string | null {
  const time = compileGoLayout(layout)(text);
  return time === null ? null : formatRfc3339(time);
}

const RFC3339 = '2006-01-02T15:04:05Z07:00';
const ANSIC = 'Mon Jan _2 15:04:05 2006';
const APACHE = '02/Jan/2006:15:04:05 -0700';

describe('compileGoLayout', () => {
  it.each([
    { layout: RFC3339, text: '2024-02-29T23:59:59Z', time: '2024-02-29T23:59:59Z' },
    { layout: RFC3339, text: '2024-01-02T03:04:05+08:00', time: '2024-01-02T03:04:05+08:00' },
    { layout: RFC3339, text: '2024-01-02T03:04:05.5-07:30', time: '2024-01-02T03:04:05.5-07:30' },
    {
      layout: '2006-01-02T15:04:05.999999999Z07:00',
      text: '2024-01-02T03:04:05.123456789Z',
      time: '2024-01-02T03:04:05.123456789Z',
    },
    {
      layout: '2006-01-02T15:04:05.999999999Z07:00',
      text: '2024-01-02T03:04:05Z',
      time: '2024-01-02T03:04:05Z',
    },
    { layout: '2006-01-02 15:04:05', text: '2024-01-02 03:04:05', time: '2024-01-02T03:04:05Z' },
    {
      layout: '2006-01-02 15:04:05,000',
      text: '2024-01-02 03:04:05,120',
      time: '2024-01-02T03:04:05.12Z',
    },
    { layout: ANSIC, text: 'Tue Jan  2 03:04:05 2024', time: '2024-01-02T03:04:05Z' },
    { layout: ANSIC, text: 'Tue Jan 12 03:04:05 2024', time: '2024-01-12T03:04:05Z' },
    { layout: ANSIC, text: 'tue JAN 12 03:04:05 2024', time: '2024-01-12T03:04:05Z' },
    {
      layout: 'Mon, 02 Jan 2006 15:04:05 MST',
      text: 'Tue, 02 Jan 2024 03:04:05 GMT',
      time: '2024-01-02T03:04:05Z',
    },
    {
      layout: 'Monday, 02-Jan-06 15:04:05 MST',
      text: 'Tuesday, 02-Jan-24 03:04:05 UTC',
      time: '2024-01-02T03:04:05Z',
    },
    { layout: APACHE, text: '10/Oct/2000:13:55:36 -0700', time: '2000-10-10T13:55:36-07:00' },
    { layout: 'January 2, 2006', text: 'October 7, 1999', time: '1999-10-07T00:00:00Z' },
    { layout: '3:04PM 1/2/06', text: '12:30am 7/4/70', time: '1970-07-04T00:30:00Z' },
    { layout: '3:04PM 1/2/06', text: '12:30PM 7/4/68', time: '2068-07-04T12:30:00Z' },
    { layout: '2006-002', text: '2024-366', time: '2024-12-31T00:00:00Z' },
    { layout: 'Jan _2 15:04:05', text: 'Feb  3 04:05:06', time: '0000-02-03T04:05:06Z' },
    { layout: '20060102150405', text: '20240102030405', time: '2024-01-02T03:04:05Z' },
    {
      layout: '[2006/01/02 15:04:05.000]',
      text: '[2024/01/02 03:04:05.678]',
      time: '2024-01-02T03:04:05.678Z',
    },
    {
      layout: '2006-01-02T15:04:05-07',
      text: '2024-01-02T03:04:05+09',
      time: '2024-01-02T03:04:05+09:00',
    },
  ])('reads $text by $layout', ({ layout, text, time }) => {
    expect(read(layout, text)).toBe(time);
  });

  it.each([
    { layout: RFC3339, text: '2023-02-29T00:00:00Z', why: 'that year has no such day' },
    { layout: RFC3339, text: '2024-13-01T00:00:00Z', why: 'there is no month 13' },
    { layout: RFC3339, text: '2024-00-01T00:00:00Z', why: 'there is no month 0' },
    { layout: RFC3339, text: '2024-01-01T24:00:00Z', why: 'there is no hour 24' },
    { layout: RFC3339, text: '2024-01-01T00:60:00Z', why: 'there is no minute 60' },
    { layout: RFC3339, text: '2024-01-01T00:00:00+25:00', why: 'no zone is that far ahead' },
    { layout: RFC3339, text: '2024-01-01 00:00:00Z', why: 'the T is missing' },
    { layout: RFC3339, text: ' 2024-01-01T00:00:00Z', why: 'a blank comes first' },
    { layout: RFC3339, text: '2024-01-01T00:00:00Zx', why: 'something follows' },
    { layout: '03:04 PM', text: '13:00 PM', why: 'a half day has 12 hours' },
    { layout: '2006-002', text: '2023-366', why: 'that year has 365 days' },
    { layout: '2006-002', text: '2023-000', why: 'days are counted from 1' },
    { layout: '2006-01-02', text: '', why: 'it is empty' },
    { layout: '2006.01.02', text: '2024x01x02', why: 'a point is a point' },
  ])('refuses $text: $why', ({ layout, text }) => {
    expect(read(layout, text)).toBeNull();
  });

  it.each([
    { layout: '', why: 'no part of a time' },
    { layout: 'yyyy-MM-dd', why: 'no part of a time' },
    { layout: '2006 '.repeat(100), why: 'longer than 256' },
  ])('does not compile "$layout": $why', ({ layout, why }) => {
    expect(() => compileGoLayout(layout)).toThrow(why);
    expect(() => compileGoLayout(layout)).toThrow(layout.slice(0, 40));
  });
});
