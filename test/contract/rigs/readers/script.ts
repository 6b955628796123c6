import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { floodText, linesText, type ReaderRig, type ReaderSource } from '../../reader-rig.ts';

/** A script that writes what was added since it last ran. */
export const scriptRig: ReaderRig = {
  make: async ({ dir }) => {
    await writeScript(dir);
    return sourceIn(dir);
  },
  absent: async ({ dir }) => ({ ...sourceIn(dir), appear: () => writeScript(dir) }),
  absence: 'told',
  resumes: false,
};

function sourceIn(dir: string): ReaderSource {
  let parts = 0;
  const add = async (text: string) => {
    parts += 1;
    const name = `part.${String(parts).padStart(4, '0')}`;
    await writeFile(join(dir, 'new'), text);
    await rename(join(dir, 'new'), join(dir, name));
  };
  return {
    options: {
      ...{ log_path: join(dir, 'script.sh'), script_output: 'lines' },
      ...{ script_cron: 'loop 10ms', script_timeout: '1m' },
    },
    add: (from, to) => add(linesText(from, to)),
    flood: () => add(floodText(4_096)),
  };
}

async function writeScript(dir: string): Promise<void> {
  const script = `cd ${dir}\nfor part in part.*; do [ -e "$part" ] && cat "$part" && rm "$part"; done\ntrue\n`;
  await writeFile(join(dir, 'script.sh'), script);
}
