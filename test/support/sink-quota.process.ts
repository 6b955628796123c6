import { readFile } from 'node:fs/promises';
import { messageOf } from '../../shared/kernel/errors.ts';
import { SinkRig } from './sink-rig.ts';

/**
 * Appends three batches in a process whose files may have 8 KiB: the second one hits that limit in
 * the middle. Prints what came of it.
 */
const rig = await SinkRig.create();
await rig.write('a'.repeat(6_000));
let failure = 'none';
try {
  await rig.append('b'.repeat(6_000));
} catch (thrown) {
  failure = messageOf(thrown);
}
const sizeAfterFailure = (await readFile(rig.path)).length;
await rig.write('c'.repeat(2_000));
const content = await rig.content();
await rig.remove();
process.stdout.write(
  JSON.stringify({
    failure,
    sizeAfterFailure,
    isWhole: content === 'a'.repeat(6_000) + 'c'.repeat(2_000),
  }),
);
