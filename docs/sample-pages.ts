import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const CONFS = join(import.meta.dirname, '..', 'confs');

/** `confs/README.md`: what each sample is for, as the first sentence of its comment says. */
export async function samplesPage(): Promise<string> {
  const files = globSync('samples/*.conf', { cwd: CONFS }).toSorted();
  const rows = files.map(async (file) => {
    const text = await readFile(join(CONFS, file), 'utf8');
    return `| [${file.slice('samples/'.length)}](${file}) | ${purposeOf(text)} |`;
  });
  return [
    '# Samples',
    '',
    'Made by `npm run docs` from the comments of the files. Each of them is run by the tests as it is here, but for its paths and addresses.',
    'To use one: change these, and copy it to a folder of `confs_path`, such as this one.',
    '',
    '| sample | what it does |',
    '| --- | --- |',
    ...(await Promise.all(rows)),
    '',
  ].join('\n');
}

function purposeOf(text: string): string {
  const lines = text.split('\n');
  const comment = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('#')),
  );
  const words = comment.map((line) => line.slice(1).trim()).join(' ');
  const [sentence = words] = /^.*?\.(?= |$)/.exec(words) ?? [];
  return sentence;
}
