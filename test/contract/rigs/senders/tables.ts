import type { SenderRig } from '../../sender-rig.ts';
import { relayFaults } from '../../sender-rig.ts';
import { Relay } from '../../support/relay.ts';

const COLUMNS = 'record_id varchar(255) UNIQUE, n int NOT NULL, message text, at text';
/** No integer. */
const BAD = { n: 'many' };

export const mysqlRig: SenderRig = {
  ...{ fails: 'at any time', losesAnswers: true, isPicky: true },
  make: async ({ servers, name }) => {
    const server = await servers.mariadb();
    await server.run(`CREATE TABLE ${name} (${COLUMNS}) ENGINE=InnoDB`);
    const relay = await Relay.to(server.port);
    return {
      options: { mysql_datasource: `tester@tcp(127.0.0.1:${relay.port})/test`, mysql_table: name },
      taken: async () => numbers(await server.rows(`SELECT n FROM ${name} ORDER BY n`)),
      faults: relayFaults(relay),
      bad: BAD,
      dispose: () => relay.close(),
    };
  },
};

export const postgresRig: SenderRig = {
  ...{ fails: 'at any time', losesAnswers: true, isPicky: true },
  make: async ({ servers, name }) => {
    const server = await servers.postgres();
    await server.run(`CREATE TABLE ${name} (${COLUMNS})`);
    const relay = await Relay.to(server.port);
    return {
      options: {
        postgres_datasource: `host=127.0.0.1 port=${relay.port} user=postgres`,
        postgres_table: name,
      },
      taken: async () => numbers(await server.rows(`SELECT n FROM ${name} ORDER BY n`)),
      faults: relayFaults(relay),
      bad: BAD,
      dispose: () => relay.close(),
    };
  },
};

function numbers(rows: readonly Record<string, unknown>[]): number[] {
  return rows.map(({ n }) => Number(n));
}
