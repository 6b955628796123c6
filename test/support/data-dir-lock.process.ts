import { lockDataDir } from '../../shared/stores/data-dir-lock.ts';

/** Locks the folder given, says so, and holds it until it is killed. */
await lockDataDir(process.argv[2] ?? '');
process.stdout.write('locked\n');
process.stdin.resume();
