import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mysqlServer } from './mysql-datasource.ts';
import { postgresServer } from './postgres-datasource.ts';

const PLAIN = { socketPath: '', tls: 'off', tlsCa: '' };

describe('mysqlServer', () => {
  it.each([
    {
      text: 'me:p@ss:w/ord@tcp(db.example:3307)/logs?charset=utf8&tls=true',
      is: {
        host: 'db.example',
        port: 3307,
        user: 'me',
        password: 'p@ss:w/ord',
        database: 'logs',
        tls: 'verify',
      },
    },
    {
      text: 'root@tcp([::1])',
      is: { host: '::1', port: 3306, user: 'root', password: '', database: '' },
    },
    { text: 'root@/logs', is: { host: '127.0.0.1', user: 'root', database: 'logs' } },
    { text: 'root@unix(/run/my.sock)/logs', is: { socketPath: '/run/my.sock', database: 'logs' } },
    {
      text: 'mysql://me:p%40ss@db:3307/logs?tls=skip-verify',
      is: {
        host: 'db',
        port: 3307,
        user: 'me',
        password: 'p@ss',
        database: 'logs',
        tls: 'skip_verify',
      },
    },
  ])('reads $text', ({ text, is }) => {
    expect(mysqlServer(text)).toMatchObject({ ...PLAIN, ...is });
  });

  it.each(['', 'nothing', 'mysql://%zz@h/'])('does not read %j', (text) => {
    expect(mysqlServer(text)).toBeNull();
  });
});

describe('postgresServer', () => {
  it.each([
    {
      text: String.raw`host=db port=5433 user=me password='it\'s me' dbname=logs sslmode=verify-full sslrootcert=/ca.pem`,
      is: {
        host: 'db',
        port: 5433,
        user: 'me',
        password: "it's me",
        database: 'logs',
        tls: 'verify',
        tlsCa: '/ca.pem',
      },
    },
    { text: 'user=me', is: { host: '127.0.0.1', port: 5432, user: 'me', password: '' } },
    {
      text: 'postgres://me:p%40ss@db/logs?sslmode=require',
      is: {
        host: 'db',
        port: 5432,
        user: 'me',
        password: 'p@ss',
        database: 'logs',
        tls: 'skip_verify',
      },
    },
  ])('reads $text', ({ text, is }) => {
    expect(postgresServer(text)).toMatchObject({ ...PLAIN, ...is });
  });

  it.each(['', 'nothing', 'host=a b'])('does not read %j', (text) => {
    expect(postgresServer(text)).toBeNull();
  });

  it('reads or refuses any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect([typeof postgresServer(text), typeof mysqlServer(text)]).toEqual([
          'object',
          'object',
        ]);
      }),
    );
  });
});
