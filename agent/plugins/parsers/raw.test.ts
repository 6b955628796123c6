import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { rawParser } from './raw.ts';

const context = pluginContext({ clock: new FakeClock(Date.UTC(2024, 1, 3, 4, 5, 6, 7)) });

function parse(text: string, options = {}) {
  return rawParser.configure(options).open(context).parse(batchOf(text));
}

describe('the parser raw', () => {
  it('keeps each line with its line break, and says when it was read', () => {
    const { records, success, errors } = parse('a\n\nb\n');

    expect({ success, errors }).toEqual({ success: 2, errors: 0 });
    expect(records.objects()).toEqual([
      { raw: 'a\n', timestamp: '2024-02-03T04:05:06.007Z' },
      { raw: 'b\n', timestamp: '2024-02-03T04:05:06.007Z' },
    ]);
    expect(records.raw().toString()).toBe('a\nb\n');
  });

  it('leaves the timestamp out when told to', () => {
    expect(parse('a\n', { timestamp: 'false' }).records.objects()).toEqual([{ raw: 'a\n' }]);
  });

  it('adds labels, which override nothing', () => {
    const { records } = parse('a\n', { labels: 'team infra, timestamp x,raw y' });

    expect(records.objects()).toEqual([
      { raw: 'a\n', timestamp: '2024-02-03T04:05:06.007Z', team: 'infra' },
    ]);
    expect(records.ndjson().toString()).toBe(
      '{"raw":"a\\n","timestamp":"2024-02-03T04:05:06.007Z","team":"infra"}\n',
    );
  });

  it.each([{ labels: 'team' }, { labels: 'a b c' }, { labels: 'a b,c' }])(
    'refuses the labels "$labels"',
    ({ labels }) => {
      expect(() => rawParser.configure({ labels })).toThrow('write "name value,name value"');
    },
  );
});
