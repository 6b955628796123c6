import { FLOOD, lineTexts, type ReaderRig } from '../../reader-rig.ts';
import { silentTcp } from '../../support/silent-server.ts';

const soon = (prefix: string) => ({
  [`${prefix}_offset_key`]: 'id',
  [`${prefix}_settle_delay`]: '10ms',
  [`${prefix}_poll_interval`]: '10ms',
});

function rowsOf(from: number, to: number): string {
  return lineTexts(from, to)
    .map((line) => `('${line}')`)
    .join(',');
}

const mysqlOptions = (datasource: string, table: string) => ({
  ...{ mysql_datasource: datasource, mysql_database: 'test', mysql_table: table },
  ...soon('mysql'),
});

export const mysqlRig: ReaderRig = {
  make: async (place) => {
    const source = await mysqlRig.absent(place);
    await source.appear();
    return source;
  },
  absent: async ({ servers, name }) => {
    const server = await servers.mariadb();
    return {
      options: mysqlOptions(server.datasource, name),
      appear: () =>
        server.run(`CREATE TABLE ${name} (id bigint AUTO_INCREMENT PRIMARY KEY, word text)`),
      add: (from, to) => server.run(`INSERT INTO ${name} (word) VALUES ${rowsOf(from, to)}`),
      flood: () =>
        server.run(
          `INSERT INTO ${name} (word) SELECT repeat('x', ${FLOOD.lineBytes}) FROM seq_1_to_${FLOOD.lines}`,
        ),
    };
  },
  absence: 'thrown',
  resumes: true,
  silent: {
    open: silentTcp,
    options: (port) => mysqlOptions(`tester@tcp(127.0.0.1:${port})`, 'logs'),
  },
};

const postgresOptions = (datasource: string, table: string) => ({
  ...{ postgres_datasource: datasource, postgres_table: table },
  ...soon('postgres'),
});

export const postgresRig: ReaderRig = {
  make: async (place) => {
    const source = await postgresRig.absent(place);
    await source.appear();
    return source;
  },
  absent: async ({ servers, name }) => {
    const server = await servers.postgres();
    return {
      options: postgresOptions(server.datasource, name),
      appear: () => server.run(`CREATE TABLE ${name} (id bigserial PRIMARY KEY, word text)`),
      add: (from, to) => server.run(`INSERT INTO ${name} (word) VALUES ${rowsOf(from, to)}`),
      flood: () =>
        server.run(
          `INSERT INTO ${name} (word) SELECT repeat('x', ${FLOOD.lineBytes}) FROM generate_series(1, ${FLOOD.lines})`,
        ),
    };
  },
  absence: 'thrown',
  resumes: true,
  silent: {
    open: silentTcp,
    options: (port) => postgresOptions(`host=127.0.0.1 port=${port} user=postgres`, 'logs'),
  },
};

const redisOptions = (address: string, key: string) => ({
  ...{ redis_address: address, redis_datatype: 'list', redis_key: key },
});

/** A list; before it is there, its key names something else. */
export const redisRig: ReaderRig = {
  make: async (place) => {
    const source = await redisRig.absent(place);
    await source.appear();
    return source;
  },
  absent: async ({ servers, name }) => {
    const { redis, address } = await servers.redis();
    await redis.set(name, 'no list');
    return {
      options: redisOptions(address, name),
      appear: async () => {
        await redis.del(name);
      },
      add: async (from, to) => {
        await redis.rpush(name, ...lineTexts(from, to));
      },
      flood: async () => {
        const values = Array.from({ length: 1_000 }, () => 'x'.repeat(FLOOD.lineBytes));
        for (let pushed = 0; pushed < FLOOD.lines; pushed += values.length) {
          await redis.rpush(name, ...values);
        }
      },
    };
  },
  absence: 'thrown',
  resumes: true,
  rangesCount: 'values',
  silent: { open: silentTcp, options: (port) => redisOptions(`127.0.0.1:${port}`, 'logs') },
};
