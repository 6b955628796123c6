import { lockFolder } from '../../shared/stores/folder-lock.ts';

/** Locks the folder given, says so, and holds it until it is killed. */
await lockFolder(process.argv[2] ?? '');
process.stdout.write('locked\n');
process.stdin.resume();
