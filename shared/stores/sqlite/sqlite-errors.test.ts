import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { sqliteError } from './sqlite-errors.ts';

describe('sqliteError', () => {
  /** What SQLite throws when `sql` runs after `setUp`. */
  function failureOf(setUp: string, sql: string): unknown {
    const db = new DatabaseSync(':memory:');
    db.exec(`CREATE TABLE t (x TEXT NOT NULL); ${setUp}`);
    try {
      db.exec(sql);
    } catch (thrown) {
      return thrown;
    } finally {
      db.close();
    }
    return null;
  }

  it.each([
    {
      why: 'the disk is full',
      setUp: 'PRAGMA max_page_count = 2',
      sql: 'INSERT INTO t VALUES (zeroblob(100000))',
      kind: 'unavailable',
      message: '/a.db: database or disk is full',
    },
    {
      why: 'the disk is read-only',
      setUp: 'PRAGMA query_only = ON',
      sql: "INSERT INTO t VALUES ('')",
      kind: 'unavailable',
      message: '/a.db: attempt to write a readonly database',
    },
    {
      why: 'the statement is wrong',
      setUp: '',
      sql: 'INSERT INTO t VALUES (NULL)',
      kind: 'internal',
      message: '/a.db: NOT NULL constraint failed: t.x',
    },
  ])('is $kind when $why', ({ setUp, sql, kind, message }) => {
    const error = sqliteError(failureOf(setUp, sql), '/a.db', 'move it away');

    expect(error).toMatchObject({ kind, message });
  });

  it('leaves an error of ours as it is', () => {
    const ours = new AppError('invalid', 'newer');

    expect(sqliteError(ours, '/a.db', 'move it away')).toBe(ours);
  });
});
