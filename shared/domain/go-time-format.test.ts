import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGoLayout } from './go-time.ts';
import { compileGoFormat } from './go-time-format.ts';

const TIME = { unixSeconds: 1_523_878_855, nanos: 123_450_000, offsetSeconds: 28_800 };

describe('a time in a layout of Go', () => {
  it.each([
    { layout: '', text: '2018-04-16T19:40:55.12345+08:00' },
    { layout: '2006-01-02T15:04:05Z07:00', text: '2018-04-16T19:40:55+08:00' },
    { layout: '2006/1/2 3:4:5 PM', text: '2018/4/16 7:40:55 PM' },
    { layout: 'Mon Jan _2 15:04:05 2006', text: 'Mon Apr 16 19:40:55 2018' },
    { layout: 'Monday, 02-Jan-06 15:04:05 MST', text: 'Monday, 16-Apr-18 19:40:55 +08' },
    { layout: '2006.002 .000', text: '2018.106 .123' },
    { layout: '15:04:05.999999', text: '19:40:55.12345' },
    { layout: '15:04:05,000000000 -0700', text: '19:40:55,123450000 +0800' },
    { layout: 'January 03pm -07', text: 'April 07pm +08' },
  ])('is $text in "$layout"', ({ layout, text }) => {
    expect(compileGoFormat(layout)(TIME)).toBe(text);
  });

  it.each([
    { layout: 'Z07:00 MST -0700', text: 'Z UTC +0000' },
    { layout: '15.999 03PM', text: '00 12AM' },
  ])('at midnight UTC is $text in "$layout"', ({ layout, text }) => {
    const midnight = { unixSeconds: 1_523_836_800, nanos: 0, offsetSeconds: 0 };

    expect(compileGoFormat(layout)(midnight)).toBe(text);
  });

  it('is read back as it was', () => {
    const layout = 'Mon, 02 Jan 2006 15:04:05.000000000 -0700';
    const [format, parse] = [compileGoFormat(layout), compileGoLayout(layout)];
    const times = fc.record({
      unixSeconds: fc.integer({ min: -60_000_000_000, max: 250_000_000_000 }),
      nanos: fc.integer({ min: 0, max: 999_999_999 }),
      offsetSeconds: fc.integer({ min: -720, max: 720 }).map((minutes) => minutes * 60),
    });

    fc.assert(
      fc.property(times, (time) => {
        expect(parse(format(time))).toEqual(time);
      }),
    );
  });

  it.each(['nothing', '2006'.repeat(65)])('is in no layout "%s"', (layout) => {
    expect(() => compileGoFormat(layout)).toThrow('write it like "2006-01-02 15:04:05"');
  });
});
