import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { messageOf } from '../../shared/kernel/errors.ts';
import { SqliteFile } from '../../shared/stores/sqlite/sqlite-file.ts';

/** One of several threads that make new files ready, each at the same moment. */

const Given = z.object({
  dir: z.string(),
  openers: z.int(),
  /** How many openers have come to each of the files. */
  arrived: z.instanceof(Int32Array),
});

const { dir, openers, arrived } = Given.parse(workerData);
const failures: string[] = [];
for (let nth = 0; nth < arrived.length; nth += 1) {
  Atomics.add(arrived, nth, 1);
  while (Atomics.load(arrived, nth) < openers);
  try {
    SqliteFile.open({ path: join(dir, `${nth}.db`), remedy: '' }, (db) => {
      db.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE');
      db.exec('CREATE TABLE IF NOT EXISTS made (a INTEGER); COMMIT');
    }).file.close();
  } catch (thrown) {
    failures.push(messageOf(thrown));
  }
}
parentPort?.postMessage(failures);
