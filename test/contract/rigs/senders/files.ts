import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PluginOptions } from '../../../../shared/domain/runner-config.ts';
import { linesIn } from '../../../support/lines.ts';
import { SinkRig } from '../../../support/sink-rig.ts';
import type { SenderRig } from '../../sender-rig.ts';
import { numberOf } from '../../support/number-of.ts';

/** A sender that appends to the file at `path`. */
function appendingRig(
  options: (path: string) => PluginOptions,
  read: (line: string) => number,
): SenderRig {
  return {
    ...{ fails: 'at any time', losesAnswers: false, isPicky: false },
    make: async ({ dir }) => {
      await mkdir(join(dir, 'sink'));
      const rig = new SinkRig(join(dir, 'sink'));
      const { path } = rig;
      let isHeld = false;
      let letGo = () => Promise.resolve();
      return {
        options: options(path),
        context: { files: rig.files },
        taken: async () => (await linesIn(path)).map(read),
        faults: {
          // Its folder is none.
          leave: () => writeFile(dirname(path), ''),
          comeBack: () => rm(dirname(path)),
          // Another runner has the file, and has not committed yet.
          hang: async () => {
            const held = await rig.append('{"n":-1}\n');
            isHeld = true;
            letGo = () => held.undo();
          },
          isWaitedFor: () => isHeld,
          recover: () => letGo(),
        },
        commit: (acceptance) => rig.commit(acceptance),
        release: () => rig.files.close(),
        dispose: () => rig.remove(),
      };
    },
  };
}

export const fileRig = appendingRig((path) => ({ file_send_path: path }), numberOf);
export const csvRig = appendingRig(
  (path) => ({ csv_path_prefix: path, csv_fields: 'n,message,at' }),
  (line) => Number(line.split(',', 1)[0]),
);
