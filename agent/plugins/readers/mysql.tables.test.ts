import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import { MariadbServer } from '../../../test/support/mariadb-server.ts';
import { Reading } from '../../../test/support/reading.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { withDate } from '../../sql/dated-text.ts';
import { mysqlReader } from './mysql.ts';

const DAY_MS = 24 * 3_600_000;
const COLUMNS = '(id bigint AUTO_INCREMENT PRIMARY KEY, word text) ENGINE=InnoDB';

describe('the mysql reader, of tables of a pattern', () => {
  let server: MariadbServer;

  beforeAll(async () => {
    server = await MariadbServer.start();
  }, 30_000);
  afterAll(() => server.stop());
  beforeEach(() => server.run('DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; USE shop'));

  async function table(name: string, ...words: string[]): Promise<void> {
    await server.run(`CREATE TABLE ${name} ${COLUMNS}`);
    for (const word of words) await insert(name, word);
  }

  const insert = (name: string, word: string) =>
    server.run(`INSERT INTO ${name} (word) VALUES ('${word}')`);

  const options = (name: string, more: Record<string, string> = {}) => ({
    ...{ mysql_datasource: server.datasource, mysql_database: 'shop', mysql_table: name },
    ...{ mysql_offset_key: 'id', mysql_settle_delay: '200ms', mysql_poll_interval: '20ms' },
    ...more,
  });
  const wordsOf = (lines: readonly string[]) =>
    lines.map((line) => (JSON.parse(line) as { word: string }).word).toSorted();
  const linesOf = (text: string) => text.split('\n').slice(0, -1);

  it('goes on in each where it was left, and takes up those that come later', async () => {
    await table('log_a', 'a1');
    await table('log_b', 'b1');
    await table('other', 'no');
    const first = new Reading(mysqlReader, options('log_*', { datasource_tag: 'from' }));
    await first.until(2);
    await table('log_c', 'c1');
    await first.until(3);
    const positions = await first.stop();
    const origins = first.batches.map(({ origin }) => origin.split('/').slice(-2).join('/'));
    expect(wordsOf(first.lines)).toEqual(['a1', 'b1', 'c1']);
    expect(new Set(origins)).toEqual(new Set(['shop/log_a', 'shop/log_b', 'shop/log_c']));

    await insert('log_a', 'a2');
    await insert('log_c', 'c2');
    const again = new Reading(mysqlReader, options('log_*'), { positions });
    await again.until(2);
    await again.stop();
    expect(wordsOf(again.lines)).toEqual(['a2', 'c2']);
  });

  it('makes a batch of a table again that was on its way when the process died', async () => {
    await table('log_a', 'a1', 'a2', 'a3');
    const first = new Reading(mysqlReader, options('log_*'), { limits: { lines: 2 } });
    await first.until(3);
    await first.stop();
    const [known, batch] = first.batches;
    expect(known).toMatchObject({ lines: 0 });

    const positions = new Map([[first.source, known?.position]]);
    const sealed = new Map([[first.source, first.rangeOf(1)]]);
    const again = new Reading(mysqlReader, options('log_*'), { positions, sealed });
    await again.until(3);
    await again.stop();
    expect(again.batches[0]).toMatchObject({ range: batch?.range, bytes: batch?.bytes });
  });

  it('reads the table of the day, then that of the next one, and none of the past', async () => {
    const [past, today, next] = [-1, 0, 1].map((days) =>
      withDate('day_@(YYYY)@(MM)@(DD)', new Date(Date.now() + days * DAY_MS)),
    );
    await table(past ?? '', 'past');
    await table(today ?? '', 'today');
    await table(next ?? '', 'next');
    const following = new Following(
      mysqlReader,
      options('day_@(YYYY)@(MM)@(DD)', { mysql_poll_interval: '6h' }),
    );
    await following.lines(2);
    // It is late, and not lost.
    await insert(today ?? '', 'today, late');
    const text = await following.lines(3);
    await following.stop();
    const words = linesOf(text).map((line) => (JSON.parse(line) as { word: string }).word);
    expect(words[0]).toBe('today');
    expect(words.toSorted()).toEqual(['next', 'today', 'today, late']);
  });

  it('reads the tables of the past where that is wanted, and those of a day before', async () => {
    const names = [-2, -1, 0].map((days) =>
      withDate('shop.day_@(YYYY)@(MM)@(DD)', new Date(Date.now() + days * DAY_MS)),
    );
    for (const [index, name] of names.entries()) await table(name, `day ${index}`);
    const reading = new Reading(
      mysqlReader,
      options('day_@(YYYY)@(MM)@(DD)', { mysql_history_all: 'true', magic_lag_duration: '24h' }),
    );
    await reading.until(2);
    await insert(names[1] ?? '', 'more');
    await reading.until(3);
    await reading.stop();

    expect(wordsOf(reading.lines)).toEqual(['day 0', 'day 1', 'more']);
  });

  it('reads the tables of all days on which the agent was away, even if there was nothing before', async () => {
    const names = [-3, -2, -1, 0].map((days) =>
      withDate('day_@(YYYY)@(MM)@(DD)', new Date(Date.now() + days * DAY_MS)),
    );
    const [before = '', ...away] = names;
    await table(before);
    const first = new Reading(
      mysqlReader,
      options('day_@(YYYY)@(MM)@(DD)', { magic_lag_duration: '72h' }),
    );
    await waitFor('a position', () => first.positions.size > 0);
    const positions = await first.stop();
    for (const [index, name] of away.entries()) await table(name, `day ${index}`);
    const again = new Reading(mysqlReader, options('day_@(YYYY)@(MM)@(DD)'), { positions });
    await again.until(3);
    await again.stop();

    expect(wordsOf(again.lines)).toEqual(['day 0', 'day 1', 'day 2']);
  });

  it('forgets a table that is gone, and reads another one of its name from the beginning', async () => {
    await table('log_a', 'a1', 'a2');
    await table('log_b', 'b1');
    const following = new Following(mysqlReader, options('log_*', { mysql_poll_interval: '10m' }));
    await following.lines(3);
    const a = following.full.find(({ origin }) => origin.endsWith('log_a'));
    expect(following.positions.has(a?.source ?? '')).toBe(true);
    await server.run('DROP TABLE log_a');
    await waitFor('no position', async () => {
      await insert('log_b', 'more');
      return !following.positions.has(a?.source ?? '');
    });

    await table('log_a', 'anew');
    await following.until('the new row', () => following.text.includes('anew'));
    await following.stop();
    const anew = following.full.find(({ bytes }) => bytes.includes('anew'));
    expect(anew).toMatchObject({ source: a?.source, range: { start: 0 } });
    expect(anew?.range.generation).not.toBe(a?.range.generation);
  });

  it('reads databases of a pattern, and whole tables where there is no key', async () => {
    await table('log_a', 'a1');
    await server.run(
      `CREATE DATABASE IF NOT EXISTS shop2; CREATE OR REPLACE TABLE shop2.log_a ${COLUMNS}`,
    );
    await insert('shop2.log_a', 'a2');
    const reading = new Reading(mysqlReader, {
      ...options('log_a', { mysql_offset_key: '', mysql_cron: '1s' }),
      mysql_database: 'shop*',
    });
    await reading.until(4);
    await reading.stop();

    expect(wordsOf(reading.lines.slice(0, 2))).toEqual(['a1', 'a2']);
    expect(wordsOf(reading.lines.slice(2, 4))).toEqual(['a1', 'a2']);
  });

  it('puts the date into a query', async () => {
    const reading = new Reading(mysqlReader, {
      ...options('', { mysql_offset_key: '', mysql_sql: "SELECT '@(YYYY)' AS word" }),
    });
    await reading.until(1);
    await reading.stop();

    expect(wordsOf(reading.lines)).toEqual([String(new Date().getFullYear())]);
  });

  it.each([
    { more: { mysql_table: 'log_@(YYY)' }, why: '@(YYY) is no part of a date' },
    {
      more: { mysql_table: '', mysql_sql: 'SELECT * FROM log_@(DD)' },
      why: 'a query with a date is read whole',
    },
    {
      more: { mysql_table: '', mysql_sql: 'SELECT 1', mysql_database: '*' },
      why: 'a pattern of databases goes with a table only',
    },
    { more: { mysql_sql: 'SELECT 1' }, why: 'give a table or a query, and not both' },
  ])('is refused where $why', ({ more, why }) => {
    expect(() => mysqlReader.configure(options('log', more))).toThrow(why);
  });
});
