import { FleetProcess, freePort } from './fleet-process.ts';

/**
 * Runs the program once before the tests do. Node keeps what it has compiled when a process ends
 * by itself; most of those that tests start are killed, and would compile all of it anew.
 */
export async function setup(): Promise<void> {
  const program = await FleetProcess.start({ bind_host: `127.0.0.1:${await freePort()}` });
  await program.end();
  await program.remove();
}
